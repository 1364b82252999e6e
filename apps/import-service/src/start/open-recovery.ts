import type { Catalog, OutboxOptions } from '@muster/catalog';
import type { ServiceKit } from '@muster/service-kit';
import type { Provider } from '@nestjs/common';
import type { ImportConfig } from '../config.js';
import { AuditTrail } from '../record/audit-trail.js';
import { RecoveryRecorder } from '../record/recovery-recorder.js';
import { NodeDesk } from '../recovery/node-desk.js';
import { OrderDesk } from '../recovery/order-desk.js';
import { ReplayPlanner } from '../recovery/replay-planner.js';
import { ReplayPublisher } from '../recovery/replay-publisher.js';
import { Replays } from '../recovery/replays.js';

/** Replays, orders and what is told to single nodes, and the publisher that goes on with what was left unfinished. */
export function openRecovery(
  config: ImportConfig,
  { logger, metrics, shutdown }: ServiceKit,
  catalog: Catalog,
  outbox: OutboxOptions,
): Provider[] {
  const planner = new ReplayPlanner({
    catalog,
    outbox,
    timeoutMs: config.MUSTER_PREVIEW_TIMEOUT,
    stopping: shutdown.signal,
  });
  const publisher = new ReplayPublisher({
    replays: catalog.replays,
    outbox,
    periodMs: config.MUSTER_POLL_INTERVAL,
    logger,
  });
  shutdown.register('replay publisher', () => publisher.close());
  publisher.wake();
  const replays = new Replays({ catalog, outbox, planner, publisher, expiresAfterMs: config.MUSTER_REPLAY_EXPIRY });
  const desk = new OrderDesk({ catalog, outbox, expiresAfterMs: config.MUSTER_ORDER_EXPIRY });
  return [
    { provide: Replays, useValue: replays },
    { provide: OrderDesk, useValue: desk },
    { provide: NodeDesk, useValue: new NodeDesk({ nodes: catalog.nodes, outbox }) },
    {
      provide: RecoveryRecorder,
      useValue: new RecoveryRecorder(metrics, new AuditTrail(catalog.audit, logger), logger),
    },
  ];
}
