import { setTimeout as pause } from 'node:timers/promises';
import { Catalog } from '@muster/catalog';
import { openLogs } from '@muster/event-log';
import { createPackageReader, readPackageLimits } from '@muster/extension-package';
import { createDeployHook, InstalledFiles, StagedShelf } from '@muster/node-storage';
import type { NodeStorage } from '@muster/node-storage';
import type { ServiceKit } from '@muster/service-kit';
import type { AgentConfig } from './agent-config.js';
import { AgentMetrics } from './agent-metrics.js';
import { AgentView } from './api/agent-view.js';
import { EntityShelf } from './api/entity-shelf.js';
import { ActionJournal } from './history/action-journal.js';
import { HeardEvents } from './history/heard-events.js';
import { StoodAlready } from './history/stood-already.js';
import { Membership } from './membership/membership.js';
import { tellRefusal } from './membership/refusal.js';
import { openStorage } from './open-storage.js';
import { ProposalDesk } from './proposal/proposal-desk.js';
import { readiness, readinessFor } from './readiness.js';
import { reachableAddress } from './reachable-address.js';
import { ClockOffset } from './report/clock-offset.js';
import { Heartbeat } from './report/heartbeat.js';
import { NodeReports } from './report/node-reports.js';
import { Reporter } from './report/reporter.js';
import { registerStateMetrics } from './state-metrics.js';
import { AgentState } from './state/agent-state.js';
import { Change } from './sync/change.js';
import { DriftLog } from './sync/drift-log.js';
import { Errands } from './sync/errands.js';
import { EventFollower } from './sync/event-follower.js';
import { EventSequence } from './sync/event-sequence.js';
import { Look } from './sync/look.js';
import { LookRequests } from './sync/look-requests.js';
import { ParkedLedger } from './sync/parked-ledger.js';
import { Rejoining } from './sync/rejoining.js';
import { SyncLoop } from './sync/sync-loop.js';
import { createTurnDesk } from './turn/create-turn-desk.js';
import type { TurnDesk } from './turn/turn-desk.js';

export interface Agent {
  readonly view: AgentView;
  /** What is installed here, to be read by browsers. */
  readonly files: InstalledFiles;
  /** Begins to follow the catalog, which may be away. `url` is where it listens; `failed` is told of what the agent cannot live with. */
  start(url: string, failed: (error: unknown) => void): void;
}

/** A step that has begun may take this long to end on a clean stop; a hook that takes longer ends without us. */
const STEP_DEADLINE_MS = 15_000;
const LEAVE_DEADLINE_MS = 3_000;

/** The whole agent, from its storage to its last report. Throws what keeps it from starting. */
export async function createAgent(config: AgentConfig, kit: ServiceKit): Promise<Agent> {
  const storage = await openStorage(config, kit.logger).catch(async (error: unknown) => {
    await tellRefusal(config, error, kit.logger);
    throw error;
  });
  const tools = openTools(config, kit);
  const mind = await createMind(config, storage);
  const voice = createVoice(config, kit, { storage, ...tools, ...mind });
  const turnDesk = createTurnDesk(config, kit, { storage, ...tools, ...mind });
  const { loop, follower, proposals } = createHands(config, kit, { storage, ...tools, ...mind, ...voice, turnDesk });

  kit.health.register('sync', () => readiness(mind.state));
  kit.health.answer('minRevision', (asked) => readinessFor(mind.state, asked));
  registerStateMetrics(kit.metrics, { ...mind, ...voice });

  // How it ends: the last registered goes first.
  const { shutdown } = kit;
  shutdown.register('storage', () => storage.close());
  shutdown.register('package reader', () => tools.reader.close());
  shutdown.register('catalog', () => tools.catalog.close());
  shutdown.register('turns', () => turnDesk?.close() ?? Promise.resolve());
  shutdown.register('reports', () => tools.reports.close());
  shutdown.register('event log', () => tools.events.close());
  shutdown.register('last report', () => takeLeave(config, voice));
  shutdown.register('proposals', () => proposals.close());
  shutdown.register('event subscription', () => follower.close());

  return {
    view: new AgentView(voice.told, voice.reporter, voice.shelf),
    files: new InstalledFiles(storage),
    start(url, failed) {
      voice.told.address = config.MUSTER_PUBLIC_URL ?? reachableAddress(url);
      const lost = async (reason: unknown): Promise<void> => {
        if (shutdown.signal.aborted) return;
        await tellRefusal(config, reason, kit.logger);
        failed(reason);
      };
      const everyMs = config.MUSTER_HEARTBEAT;
      const heartbeat = new Heartbeat({ ...tools, ...mind, ...voice, proposals, logger: kit.logger, everyMs, lost });
      heartbeat.start();
      const running = loop.run(shutdown.signal).catch(lost);
      shutdown.register('heartbeat', () => heartbeat.stop());
      shutdown.register('step under way', () => running, STEP_DEADLINE_MS);
    },
  };
}

/** What it works with. Nothing connects before it is used. */
function openTools(config: AgentConfig, kit: ServiceKit) {
  const { DATABASE_URL: url, MUSTER_NODE: node } = config;
  const applicationName = `muster-sync-agent ${node}`;
  return {
    node,
    catalog: Catalog.connect({ url, applicationName, poolSize: 4, statementTimeoutMs: 10_000 }),
    ...openLogs(config, {
      url,
      applicationName,
      pollIntervalMs: config.MUSTER_POLL_INTERVAL,
      // What matters comes as errors too.
      onLogLine: (line) => kit.logger.debug({ kafka: line }, 'kafka'),
    }),
    reader: createPackageReader({ limits: readPackageLimits(process.env), readyThreads: 1 }),
    hook: createDeployHook(config.MUSTER_DEPLOY_HOOK, { timeoutMs: config.MUSTER_HOOK_TIMEOUT }),
    metrics: new AgentMetrics(kit.metrics),
  };
}

/** What it knows. */
async function createMind(config: AgentConfig, storage: NodeStorage) {
  return {
    state: new AgentState((await storage.cluster()).applied),
    parked: new ParkedLedger({ firstMs: config.MUSTER_RETRY_FIRST, maxMs: config.MUSTER_RETRY_MAX }),
    drift: new DriftLog(),
    sequence: new EventSequence(),
    heard: new HeardEvents(),
    staged: new StagedShelf(),
    clock: new ClockOffset(),
    requests: new LookRequests(),
  };
}

type Tools = ReturnType<typeof openTools>;
type Mind = Awaited<ReturnType<typeof createMind>>;
type WithStorage = { readonly storage: NodeStorage };

/** What it says: reports, once the node has enrolled, and the REST interface. */
function createVoice(config: AgentConfig, kit: ServiceKit, parts: WithStorage & Tools & Mind) {
  const { storage, catalog, reports, metrics, state, parked, drift, clock, node } = parts;
  const { storageId, instance } = storage;
  const startedAt = new Date().toISOString();
  const identity = { node, storageId, instance, startedAt, musterVersion: kit.version };
  const told = new NodeReports(identity, storage, state, parked, drift, clock);
  const leaseMs = Math.max(config.MUSTER_OFFLINE_AFTER, 2 * config.MUSTER_HEARTBEAT);
  const membership = new Membership({ catalog, storage, leaseMs, address: () => told.address });
  const maySend = (): boolean => membership.isMember;
  const reporter = new Reporter({
    reports,
    build: (seq) => told.report(seq),
    maySend,
    logger: kit.logger,
    sent: (durationMs) => metrics.took('send', durationMs),
  });
  state.onChange(() => reporter.note());
  const journal = new ActionJournal({ node, instance, catalog, maySend, logger: kit.logger });
  return { told, membership, reporter, journal, shelf: new EntityShelf(catalog, state, kit.logger) };
}

type Voice = ReturnType<typeof createVoice>;

/** What it does: follows the log, looks, changes. */
function createHands(
  config: AgentConfig,
  { logger }: ServiceKit,
  parts: WithStorage & Tools & Mind & Voice & { readonly turnDesk: TurnDesk | undefined },
) {
  const { storage, catalog, reader, hook, membership, reporter } = parts;
  const applying = { sources: [catalog.blobs], reader, hook, foreign: config.MUSTER_FOREIGN };
  const { MUSTER_DRIFT_PERIOD: driftPeriodMs, MUSTER_REJOIN_CHANGES: maxChanges } = config;
  const change = new Change({ ...parts, applying, logger });
  const proposals = new ProposalDesk({ ...parts, change, logger });
  const errands = new Errands({ ...parts, change, logger });
  const follower = new EventFollower({
    ...parts,
    log: parts.events,
    storageId: storage.storageId,
    driftPeriodMs,
    logger,
  });
  const rejoining = new Rejoining({ ...parts, follower, maxChanges, logger });
  const isMember = (): boolean => membership.isMember;
  const stood = new StoodAlready(parts.heard);
  const report = (): Promise<void> => reporter.send();
  const look = new Look({ ...parts, change, errands, proposals, rejoining, isMember, stood, report, logger });
  const loop = new SyncLoop({ ...parts, look, follower, driftPeriodMs, logger });
  return { loop, follower, proposals };
}

/** The last report and the node's id, as far as the database takes them now. */
async function takeLeave(config: AgentConfig, { told, reporter, journal, membership }: Voice): Promise<void> {
  const retire = config.MUSTER_RETIRE_ON_STOP;
  told.ending = retire ? 'retired' : 'stopped';
  await inTime(Promise.all([reporter.close(), journal.flush()]));
  await inTime(membership.leave(retire));
}

function inTime(work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, pause(LEAVE_DEADLINE_MS, undefined, { ref: false })]);
}
