import { hostname } from 'node:os';
import { Catalog, OutboxWatch, type Carrier } from '@muster/catalog';
import { openLogs } from '@muster/event-log';
import { registerProblemStatus, type ServiceKit } from '@muster/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import { answers } from './answers.js';
import { Board } from './board/board.js';
import { LatestReports } from './board/latest-reports.js';
import { OpenRevisions } from './board/open-revisions.js';
import { Waits } from './board/waits.js';
import type { StatusConfig } from './config.js';
import { Feed } from './feed.js';
import { BoardController } from './http/board.controller.js';
import { ConvergenceController } from './http/convergence.controller.js';
import { EventsController } from './http/events.controller.js';
import { NodesController } from './http/nodes.controller.js';
import { LiveBoard } from './live/live-board.js';
import { Watchers } from './live/watchers.js';
import { findPage, readPage } from './page/page-files.js';
import { servePage } from './page/page.js';
import { passThrough } from './pass-through/pass-through.js';
import { StatusMetrics } from './metrics.js';
import { StageMetrics } from './metrics/stage-metrics.js';
import { registerOutboxMetrics } from './outbox-metrics.js';
import { Database } from './stores/database.js';
import { ProjectionStore } from './stores/projection.store.js';

const PROBLEMS = { 'database-away': 503, 'revision-unknown': 404, 'node-unknown': 404, 'extension-unknown': 404 };

/** A round that takes longer than this, on top of the time between two, leaves what is shown old. */
const SLOW_ROUND_MS = 5_000;

/** The whole wiring: reports and revisions in, one board that concludes, convergence and nodes out. */
@Module({})
export class StatusModule {
  static async with(config: StatusConfig, kit: ServiceKit): Promise<DynamicModule> {
    const { logger, health, shutdown, metrics } = kit;
    registerProblemStatus(PROBLEMS);
    servePageAndImports(config, kit);

    const onConnectionError = (error: Error): void => logger.warn({ err: error }, `database: ${error.message}`);
    const url = config.DATABASE_URL;
    const catalog = await openCatalog(url, kit, onConnectionError);
    const database = new Database({ url, onConnectionError });
    shutdown.register('database', () => database.close());
    const projection = new ProjectionStore(database);
    const reports = new LatestReports();
    for (const heard of await projection.heard()) reports.take(heard);

    const board = new Board(database, projection, reports, new OpenRevisions(projection), {
      ages: { proofMs: 2 * config.MUSTER_DRIFT_PERIOD, silenceMs: config.MUSTER_OFFLINE_AFTER },
      pollIntervalMs: config.MUSTER_POLL_INTERVAL,
    });
    shutdown.register('board', () => board.close());
    const waits = new Waits(board, shutdown.signal);
    board.observe({ failed: (error) => logger.warn({ err: error }, 'nothing can be concluded') });
    health.register('database', async () => {
      await board.look();
      return { ready: true };
    });

    const { events, reports: reportLog } = openLogs(config, {
      url,
      applicationName: 'muster-status-service-log',
      pollIntervalMs: config.MUSTER_POLL_INTERVAL,
      onLogLine: ({ level, text }) => logger.debug({ kafka: level }, text),
    });
    const watch = watchLog(events, catalog, config, kit, () => board.wake());
    const live = new LiveBoard({
      cluster: config.MUSTER_CLUSTER,
      eventLog: () => watch.status,
      staleAfterMs: config.MUSTER_POLL_INTERVAL + SLOW_ROUND_MS,
    });
    board.observe(live);
    const offlineAfterMs = config.MUSTER_OFFLINE_AFTER;
    const asked = answers({ board, reports, database, eventLog: () => watch.status, offlineAfterMs });
    const watchers = new Watchers(live);
    const statusMetrics = new StatusMetrics(metrics, board, waits, watchers);
    const stages = new StageMetrics(metrics, (revision) => asked.timeline.one(revision));
    board.observe(stages);
    shutdown.register('stage metrics', () => stages.close());
    shutdown.signal.addEventListener('abort', () => watchers.close());
    shutdown.register('live board', () => live.close());
    const feed = new Feed(board, events, reportLog, logger);
    shutdown.register('feed', () => feed.close());
    shutdown.register('outbox watch', () => watch.close());
    await watch.start();
    registerOutboxMetrics(metrics, watch);
    await feed.start(`status-service ${hostname()}:${config.MUSTER_PORT}`);
    health.register('reports', () => feed.readiness());
    board.wake();

    return {
      module: StatusModule,
      controllers: [BoardController, ConvergenceController, EventsController, NodesController, ...asked.controllers],
      providers: [
        { provide: Board, useValue: board },
        { provide: Waits, useValue: waits },
        { provide: OutboxWatch, useValue: watch },
        { provide: LiveBoard, useValue: live },
        { provide: Watchers, useValue: watchers },
        ...asked.providers,
        { provide: StatusMetrics, useValue: statusMetrics },
      ],
    };
  }
}

function servePageAndImports(config: StatusConfig, { logger, rawHandlers }: ServiceKit): void {
  const page = findPage();
  if (page === undefined) logger.warn('the page has not been built: npm run build; /ui/ says so');
  rawHandlers.push(servePage(page === undefined ? undefined : readPage(page)), passThrough(config.MUSTER_IMPORT_URL));
}

async function openCatalog(
  url: string,
  { health, shutdown }: ServiceKit,
  onConnectionError: (error: Error) => void,
): Promise<Catalog> {
  const catalog = Catalog.connect({ url, applicationName: 'muster-status-schema', poolSize: 1, onConnectionError });
  shutdown.register('catalog', () => catalog.close());
  await catalog.checkSchema();
  health.register('schema', async () => {
    await catalog.checkSchema();
    return { ready: true };
  });
  return catalog;
}

function watchLog(
  carrier: Carrier,
  { outbox }: Catalog,
  config: StatusConfig,
  { logger }: ServiceKit,
  changed: () => void,
): OutboxWatch {
  return new OutboxWatch({
    carrier,
    outbox,
    periodMs: config.MUSTER_POLL_INTERVAL,
    onChange: ({ ok, detail }) => {
      if (ok) logger.info(`the event log answers: ${detail}`);
      else logger.warn(`the event log is away: ${detail}`);
      changed();
    },
  });
}
