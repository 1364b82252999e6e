import { ExpressAdapter } from '@nestjs/platform-express';
import { createServer, type Server } from 'node:http';
import type { Express } from 'express';

/** Nest's express adapter over a server with limits: Node's defaults let a slow client hold a connection for minutes. */
export class LimitedExpressAdapter extends ExpressAdapter {
  constructor(
    express: Express,
    private readonly maxConnections: number,
  ) {
    super(express);
  }

  override initHttpServer(): void {
    const server: Server = createServer(
      {
        headersTimeout: 10_000,
        // An upload takes as long as it takes; the body watch ends those that do not move.
        requestTimeout: 0,
        keepAliveTimeout: 10_000,
        connectionsCheckingInterval: 2_000,
        maxHeaderSize: 16_384,
      },
      this.getInstance<Express>(),
    );
    server.maxConnections = this.maxConnections;
    server.maxRequestsPerSocket = 10_000;
    this.setHttpServer(server);
  }
}
