import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { Registry, collectDefaultMetrics } from 'prom-client';
import type { BaseConfig } from './config/base-config.js';
import { Health } from './health/health.js';
import { createLogger } from './logging/logger.js';
import { Shutdown } from './shutdown.js';

/** What a service is built with. In Nest: `@Inject(LOGGER)`, `@Inject(METRICS)`, and `Health` and `Shutdown` by class. */
export interface ServiceKit {
  readonly name: string;
  readonly version: string;
  readonly config: BaseConfig;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly health: Health;
  readonly shutdown: Shutdown;
  /**
   * Handlers that see a request after the guard and before anything has read its body; the module adds its own while it is
   * built. Express' `Router`s with patterns, so that metrics know the route.
   */
  readonly rawHandlers: RequestHandler[];
}

/** Injects the whole `ServiceKit`. */
export const SERVICE_KIT = Symbol('muster:service-kit');
/** Injects the service's pino `Logger`. */
export const LOGGER = Symbol('muster:logger');
/** Injects the service's own prom-client `Registry`. */
export const METRICS = Symbol('muster:metrics');

export interface KitOptions {
  readonly name: string;
  readonly version?: string;
  readonly config: BaseConfig;
  readonly logger?: Logger;
}

export function createKit({ name, version = '0.1.0', config, logger: given }: KitOptions): ServiceKit {
  const logger = given ?? createLogger({ name, level: config.MUSTER_LOG_LEVEL });
  const metrics = new Registry();
  metrics.setDefaultLabels({ service: name });
  collectDefaultMetrics({ register: metrics });
  return {
    name,
    version,
    config,
    logger,
    metrics,
    health: new Health(),
    shutdown: new Shutdown(logger),
    rawHandlers: [],
  };
}
