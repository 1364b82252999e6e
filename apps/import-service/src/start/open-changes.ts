import { LeasedTurns, type Catalog, type OutboxOptions } from '@muster/catalog';
import { createPackageReader, type PackageLimits } from '@muster/extension-package';
import { createDeployHook, hookDeadlineMs, type NodeStorage } from '@muster/node-storage';
import type { ServiceKit } from '@muster/service-kit';
import type { Provider } from '@nestjs/common';
import { HoldGate } from '../change/hold-gate.js';
import { Importer } from '../change/importer.js';
import { LockedChange } from '../change/locked-change.js';
import { OriginNode } from '../change/origin-node.js';
import { PackageLanding } from '../change/package-landing.js';
import { Activation } from '../change/together/activation.js';
import { ProposalDesk } from '../change/together/proposal-desk.js';
import { Proposer } from '../change/together/proposer.js';
import { Remover } from '../change/remover.js';
import { Rollback } from '../change/rollback.js';
import { policyOf, type ImportConfig } from '../config.js';
import { AuditTrail } from '../record/audit-trail.js';
import { ChangeMetrics } from '../record/change-metrics.js';
import { ChangeRecorder } from '../record/change-recorder.js';
import { ImportSlots } from '../upload/import-slots.js';

/** How much longer than its hook a change may take to end, when the service stops. */
const DRAIN_GRACE_MS = 15_000;

/** Of all packages of one import; a single one that is let in by itself is never too large for it. */
const MAX_IMPORT_BYTES = 4 * 1024 ** 3;

export interface OpenChangesParts {
  readonly catalog: Catalog;
  readonly storage: NodeStorage;
  readonly outbox: Required<OutboxOptions>;
  readonly limits: PackageLimits;
}

/** Imports, removals and roll backs: all of them make their change on this node first. */
export function openChanges(
  config: ImportConfig,
  kit: ServiceKit,
  { catalog, storage, outbox, limits }: OpenChangesParts,
): Provider[] {
  const { logger, metrics, shutdown } = kit;
  const reader = createPackageReader({ limits, maxThreads: config.MUSTER_MAX_IMPORTS, readyThreads: 2 });
  shutdown.register('package reader', () => reader.close());
  const hook = createDeployHook(config.MUSTER_DEPLOY_HOOK, { timeoutMs: config.MUSTER_HOOK_TIMEOUT });
  const turns = openTurns(config, kit, { catalog, storage });
  const origin = new OriginNode({ storage, catalog, reader, hook, turns, logger });
  const gate = new HoldGate(catalog, storage.node);
  const change = new LockedChange({
    origin,
    gate,
    revisions: catalog.revisions,
    lockTimeoutMs: config.MUSTER_LOCK_TIMEOUT,
    settleTimeoutMs: config.MUSTER_SETTLE_TIMEOUT,
    ...outbox,
  });
  const landing = new PackageLanding({ origin, catalog, reader, change });
  const policy = policyOf(config);
  const importLimits = {
    maxZipBytes: limits.maxZipBytes,
    maxImportBytes:
      config.MUSTER_MAX_IMPORT_BYTES ?? Math.max(MAX_IMPORT_BYTES, limits.maxZipBytes, limits.maxUnpackedBytes),
    maxPackages: config.MUSTER_MAX_PACKAGES,
  };
  const { proposals, revisions } = catalog;
  const proposer = new Proposer({ origin, proposals, outbox });
  const importer = new Importer({ catalog, origin, reader, gate, landing, proposer, limits: importLimits, policy });
  const slots = new ImportSlots(config.MUSTER_MAX_IMPORTS);
  shutdown.register('imports', () => slots.drained(), config.MUSTER_HOOK_TIMEOUT + DRAIN_GRACE_MS);
  const settleTimeoutMs = config.MUSTER_SETTLE_TIMEOUT;
  const activation = new Activation({
    proposals,
    revisions,
    outbox,
    settleTimeoutMs,
    stopping: shutdown.signal,
    logger,
  });
  const trail = new AuditTrail(catalog.audit, logger);
  const recorder = new ChangeRecorder(trail, new ChangeMetrics(metrics, () => slots.busy), logger);
  return [
    { provide: ImportSlots, useValue: slots },
    { provide: Importer, useValue: importer },
    { provide: Activation, useValue: activation },
    { provide: ProposalDesk, useValue: new ProposalDesk({ proposals, outbox }) },
    { provide: Remover, useValue: new Remover({ catalog, gate, change }) },
    { provide: Rollback, useValue: new Rollback({ origin, catalog, gate, landing, policy }) },
    { provide: AuditTrail, useValue: trail },
    { provide: ChangeRecorder, useValue: recorder },
  ];
}

/** Undefined where there is no hook. An import waits for its turn as long as it waits for the storage's lock. */
function openTurns(
  config: ImportConfig,
  { logger, name: service }: ServiceKit,
  { catalog, storage }: Pick<OpenChangesParts, 'catalog' | 'storage'>,
): LeasedTurns | undefined {
  if (config.MUSTER_DEPLOY_HOOK === undefined || config.MUSTER_DEPLOY_HOOK.trim() === '') return undefined;
  const { node, instance } = storage;
  return new LeasedTurns({
    node,
    instance,
    service,
    store: catalog.turns,
    hookMs: hookDeadlineMs(config.MUSTER_HOOK_TIMEOUT),
    patienceMs: config.MUSTER_LOCK_TIMEOUT,
    onTrouble: (error) => logger.warn({ err: error }, 'a turn could not be renewed or given back; it ends by itself'),
  });
}
