import { setTimeout as pause } from 'node:timers/promises';
import { Catalog } from '@muster/catalog';
import { createPostgresEventLog, createPostgresReportLog } from '@muster/event-log';
import { createPackageReader, readPackageLimits } from '@muster/extension-package';
import { createDeployHook } from '@muster/node-storage';
import type { ServiceKit } from '@muster/service-kit';
import type { AgentConfig } from './agent-config.js';
import { AgentMetrics } from './agent-metrics.js';
import { AgentView } from './api/agent-view.js';
import { EntityShelf } from './api/entity-shelf.js';
import { Membership } from './membership/membership.js';
import { openStorage } from './open-storage.js';
import { Heartbeat } from './report/heartbeat.js';
import { NodeReports } from './report/node-reports.js';
import { Reporter } from './report/reporter.js';
import { AgentState } from './state/agent-state.js';
import { Change } from './sync/change.js';
import { DriftLog } from './sync/drift-log.js';
import { EventFollower } from './sync/event-follower.js';
import { EventSequence } from './sync/event-sequence.js';
import { Look } from './sync/look.js';
import { LookRequests } from './sync/look-requests.js';
import { ParkedLedger } from './sync/parked-ledger.js';
import { SyncLoop } from './sync/sync-loop.js';

export interface Agent {
  readonly view: AgentView;
  /** Begins to follow the catalog, which may be away. `failed` is told of what the agent cannot live with. */
  start(address: string, failed: (error: unknown) => void): void;
}

/** A step that has begun may take this long to end on a clean stop; a hook that takes longer ends without us. */
const STEP_DEADLINE_MS = 15_000;
const LEAVE_DEADLINE_MS = 3_000;

/** The whole agent, from its storage to its last report. Throws what keeps it from starting. */
export async function createAgent(config: AgentConfig, kit: ServiceKit): Promise<Agent> {
  const { logger, shutdown, health } = kit;
  const { MUSTER_NODE: node, DATABASE_URL: url } = config;
  const applicationName = `muster-sync-agent ${node}`;

  // What it works on, and with.
  const storage = await openStorage(config);
  const catalog = Catalog.connect({ url, applicationName, poolSize: 4, statementTimeoutMs: 10_000 });
  const events = createPostgresEventLog({ url, applicationName, pollIntervalMs: config.MUSTER_POLL_INTERVAL });
  const reports = createPostgresReportLog({ url, applicationName });
  const reader = createPackageReader({ limits: readPackageLimits(process.env) });
  const hook = createDeployHook(config.MUSTER_DEPLOY_HOOK, { timeoutMs: config.MUSTER_HOOK_TIMEOUT });
  const metrics = new AgentMetrics(kit.metrics);

  // What it knows.
  const state = new AgentState((await storage.cluster()).applied);
  const parked = new ParkedLedger({ firstMs: config.MUSTER_RETRY_FIRST, maxMs: config.MUSTER_RETRY_MAX });
  const drift = new DriftLog();
  const sequence = new EventSequence();
  const requests = new LookRequests();

  // What it says.
  const startedAt = new Date().toISOString();
  const { storageId, instance } = storage;
  const identity = { node, storageId, instance, startedAt, musterVersion: kit.version };
  const told = new NodeReports(identity, storage, state, parked, drift);
  const leaseMs = Math.max(config.MUSTER_OFFLINE_AFTER, 2 * config.MUSTER_HEARTBEAT);
  const membership = new Membership({ catalog, storage, leaseMs, address: () => told.address });
  const reporter = new Reporter({
    reports,
    build: (seq) => told.report(seq),
    maySend: () => membership.isMember,
    logger,
    sent: (durationMs) => metrics.took('send', durationMs),
  });
  state.onChange(() => reporter.note());
  const shelf = new EntityShelf(catalog, state, logger);

  // What it does.
  const applying = { sources: [catalog.blobs], reader, hook, foreign: config.MUSTER_FOREIGN };
  const change = new Change({ storage, catalog, state, parked, applying, metrics, logger });
  const look = new Look({
    storage,
    catalog,
    isMember: () => membership.isMember,
    state,
    change,
    parked,
    drift,
    sequence,
    report: () => reporter.send(),
    metrics,
    logger,
  });
  const follower = new EventFollower({ log: events, node, storageId, sequence, state, requests, logger });
  const loop = new SyncLoop({
    catalog,
    storage,
    membership,
    follower,
    requests,
    look,
    state,
    parked,
    shelf,
    metrics,
    logger,
    driftPeriodMs: config.MUSTER_DRIFT_PERIOD,
  });

  health.register('sync', () => {
    if (state.phase === 'following') return { ready: true };
    return { ready: false, reason: state.reason ?? 'the first look has not ended yet' };
  });

  // How it ends: the last registered goes first.
  shutdown.register('storage', () => storage.close());
  shutdown.register('package reader', () => reader.close());
  shutdown.register('catalog', () => catalog.close());
  shutdown.register('reports', () => reports.close());
  shutdown.register('event log', () => events.close());
  shutdown.register('last report', async () => {
    told.ending = config.MUSTER_RETIRE_ON_STOP ? 'retired' : 'stopped';
    state.rest();
    await Promise.race([reporter.close(), pause(LEAVE_DEADLINE_MS, undefined, { ref: false })]);
    await Promise.race([
      membership.leave(config.MUSTER_RETIRE_ON_STOP),
      pause(LEAVE_DEADLINE_MS, undefined, { ref: false }),
    ]);
  });
  shutdown.register('event subscription', () => follower.close());

  return {
    view: new AgentView(told, reporter, shelf),
    start(address, failed) {
      told.address = address;
      const lost = (error: unknown): void => void (shutdown.signal.aborted || failed(error));
      const heartbeat = new Heartbeat({
        node,
        catalog,
        membership,
        reporter,
        requests,
        logger,
        everyMs: config.MUSTER_HEARTBEAT,
        lost,
      });
      heartbeat.start();
      const running = loop.run(shutdown.signal).catch(lost);
      shutdown.register('heartbeat', () => heartbeat.stop());
      shutdown.register('step under way', () => running, STEP_DEADLINE_MS);
    },
  };
}
