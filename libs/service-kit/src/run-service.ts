import { MusterError } from '@muster/contracts';
import type { z } from 'zod';
import type { baseConfigSchema } from './config/base-config.js';
import { readConfig } from './config/read-config.js';
import { createService, type Service, type ServiceModule, type ServiceOptions } from './create-service.js';
import { createKit, type ServiceKit } from './kit.js';
import { endOnFaults, endOnSignals } from './process-end.js';
import { startTracing } from './tracing/start-tracing.js';

export interface RunServiceOptions<S extends z.ZodObject<typeof baseConfigSchema.shape>> extends Omit<
  ServiceOptions,
  'kit' | 'module'
> {
  readonly name: string;
  readonly version?: string;
  readonly schema: S;
  /** Builds the service's module; opens what it needs and registers checks and closers with the kit. */
  readonly module: (config: z.output<S>, kit: ServiceKit) => ServiceModule | Promise<ServiceModule>;
  /** Runs once the service listens; a throw ends the process. */
  readonly started?: (service: Service) => Promise<void> | void;
}

/**
 * The whole life of a service's process: configuration, start, signals, end. What keeps it from starting is one line on
 * standard error and exit code 1.
 */
export async function runService<S extends z.ZodObject<typeof baseConfigSchema.shape>>(
  options: RunServiceOptions<S>,
): Promise<void> {
  try {
    await start(options);
  } catch (error) {
    const text = error instanceof MusterError ? refusal(error) : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${options.name}: ${text}\n`);
    process.exit(1);
  }
}

async function start<S extends z.ZodObject<typeof baseConfigSchema.shape>>(
  options: RunServiceOptions<S>,
): Promise<void> {
  const config = readConfig(options.schema);
  const kit = createKit({ ...options, config });
  endOnFaults(kit.logger);
  await startTracing(kit);
  const module = await options.module(config, kit);
  const service = await createService({ ...options, kit, module });
  endOnSignals(service);
  await service.listen();
  await options.started?.(service);
}

function refusal({ message, remedy }: MusterError): string {
  return remedy === undefined ? message : `${message}; ${remedy}`;
}
