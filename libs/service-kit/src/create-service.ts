import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import express, { type Express } from 'express';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import { guard } from './guard/guard.js';
import { trustingVerifier, type TokenVerifier } from './guard/token-verifier.js';
import { checkBind, listen } from './http/bind.js';
import { bodyWatch } from './http/body-watch.js';
import { LimitedExpressAdapter } from './http/limited-adapter.js';
import { securityHeaders } from './http/security-headers.js';
import type { ServiceKit } from './kit.js';
import { NestLogger } from './logging/nest-logger.js';
import { requestLog } from './logging/request-log.js';
import { httpMetrics } from './metrics/http-metrics.js';
import { serveOpenApi } from './openapi.js';
import { ProblemFilter } from './problems/problem-filter.js';
import { RequestValidationPipe } from './problems/request-validation-pipe.js';
import { ServiceKitModule } from './service-kit-module.js';
import { stopServer } from './http/stop-server.js';

export type ServiceModule = Type<unknown> | DynamicModule;

export interface ServiceOptions {
  /** `createKit({ name, config })`. */
  readonly kit: ServiceKit;
  readonly module: ServiceModule;
  /** For `/docs`. */
  readonly description?: string;
  readonly tokenVerifier?: TokenVerifier;
  /** Largest JSON body; other bodies are left unread for the handler to stream. Default 1 MiB. */
  readonly jsonLimitBytes?: number;
  /** Least that an upload has to send, on average over `MUSTER_BODY_TIMEOUT`. Default 8 KiB/s. */
  readonly minimumBodyBytesPerSecond?: number;
}

export interface Service {
  readonly kit: ServiceKit;
  readonly app: INestApplication;
  /** `http://127.0.0.1:8080`, once it listens. */
  readonly url: string;
  readonly port: number;
  /** @throws MusterError `port-taken`, `bind-failed` */
  listen(): Promise<void>;
  /** Stops accepting, lets requests end, runs the closers in reverse order. Returns what did not close cleanly. */
  close(): Promise<string[]>;
}

/**
 * Boots a service: everything is wired and checked, and nothing listens yet.
 *
 * @throws MusterError `insecure-bind`
 */
export async function createService(options: ServiceOptions): Promise<Service> {
  const { kit } = options;
  checkBind(kit.config);
  const adapter = new LimitedExpressAdapter(expressOf(options), kit.config.MUSTER_MAX_CONNECTIONS);
  const root: DynamicModule = { module: class ServiceRoot {}, imports: [ServiceKitModule.with(kit), options.module] };
  const app = await NestFactory.create(root, adapter, {
    bodyParser: false,
    logger: new NestLogger(kit.logger),
    abortOnError: false,
  });
  app.useGlobalPipes(new RequestValidationPipe());
  app.useGlobalFilters(new ProblemFilter(kit.logger));
  serveOpenApi(app, kit, options.description ?? '');
  await app.init();
  return new RunningService(kit, app, app.getHttpServer() as Server);
}

/** What stands before Nest, in the order in which a request meets it. */
function expressOf({ kit, tokenVerifier = trustingVerifier, ...limits }: ServiceOptions): Express {
  const { config, logger, metrics, rawHandlers } = kit;
  const instance = express().disable('x-powered-by').disable('etag').set('query parser', 'simple');
  instance.use(requestLog(logger));
  instance.use(securityHeaders);
  instance.use(httpMetrics(metrics));
  instance.use(
    guard({
      boundHost: config.MUSTER_HOST,
      allowedHosts: config.MUSTER_ALLOWED_HOSTS,
      verifier: tokenVerifier,
      logger,
    }),
  );
  instance.use(
    bodyWatch({
      windowMs: config.MUSTER_BODY_TIMEOUT,
      minimumBytesPerSecond: limits.minimumBodyBytesPerSecond ?? 8_192,
      logger,
    }),
  );
  for (const handler of rawHandlers) instance.use(handler);
  instance.use(
    express.json({ limit: limits.jsonLimitBytes ?? 1_048_576, type: ['application/json', 'application/*+json'] }),
  );
  return instance;
}

class RunningService implements Service {
  private closing: Promise<string[]> | undefined;

  constructor(
    readonly kit: ServiceKit,
    readonly app: INestApplication,
    private readonly server: Server,
  ) {}

  get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? this.kit.config.MUSTER_PORT;
  }

  get url(): string {
    const host = this.kit.config.MUSTER_HOST;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.port}`;
  }

  async listen(): Promise<void> {
    await listen(this.server, this.kit.config.MUSTER_HOST, this.kit.config.MUSTER_PORT);
    this.kit.logger.info({ url: this.url }, `${this.kit.name} listens on ${this.url}`);
  }

  close(): Promise<string[]> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<string[]> {
    const { shutdown, config, logger } = this.kit;
    shutdown.begin();
    const cut = await stopServer(this.server, config.MUSTER_SHUTDOWN_TIMEOUT);
    if (cut) logger.warn(`requests were cut off after ${config.MUSTER_SHUTDOWN_TIMEOUT} ms`);
    const failed = await shutdown.closeAll();
    await this.app.close();
    return cut ? ['requests', ...failed] : failed;
  }
}
