import { Catalog } from '@muster/catalog';
import type { PackageLimits } from '@muster/extension-package';
import { NodeStorage } from '@muster/node-storage';
import { registerProblemStatus, type ServiceKit } from '@muster/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import { EntitiesController } from './api/entities.controller.js';
import { ExtensionsController } from './api/extensions.controller.js';
import { FreezeController } from './api/freeze.controller.js';
import { ImportsController } from './api/imports.controller.js';
import { NodesController } from './api/nodes.controller.js';
import { OrdersController } from './api/orders.controller.js';
import { PackageSender } from './api/package-sender.js';
import { PackagesController } from './api/packages.controller.js';
import { ProposalsController } from './api/proposals.controller.js';
import { ReplaysController } from './api/replays.controller.js';
import { RevisionsController } from './api/revisions.controller.js';
import { RollbackController } from './api/rollback.controller.js';
import { TurnsController } from './api/turns.controller.js';
import { DAY_MS, type ImportConfig } from './config.js';
import { registerFreezeMetrics } from './record/freeze-metrics.js';
import { Housekeeping } from './start/housekeeping.js';
import { openChanges } from './start/open-changes.js';
import { openCatalog } from './start/open-catalog.js';
import { openEventLog } from './start/open-event-log.js';
import { openRecovery } from './start/open-recovery.js';
import { registerReadiness } from './start/readiness.js';
import { openThingworx } from './thingworx/open-thingworx.js';

/** Of what the catalog throws where no step of an import says more. */
const PROBLEMS = { 'database-away': 503, 'lock-timeout': 503 };

/** The service, wired: what it opens is closed in reverse order when it stops. */
@Module({})
export class ImportServiceModule {
  static async open(config: ImportConfig, limits: PackageLimits, kit: ServiceKit): Promise<DynamicModule> {
    const { logger, metrics, health, shutdown } = kit;
    registerProblemStatus(PROBLEMS);
    const url = config.DATABASE_URL;
    const catalog = await openCatalog({ url, ownerUrl: config.MUSTER_OWNER_DATABASE_URL ?? url, logger });
    shutdown.register('catalog', () => catalog.close());

    const storage = await NodeStorage.open({
      storage: config.MUSTER_STORAGE,
      node: config.MUSTER_NODE,
      service: kit.name,
      lockTimeoutMs: config.MUSTER_LOCK_TIMEOUT,
      packageCacheBytes: config.MUSTER_PACKAGE_CACHE_BYTES,
    });
    shutdown.register('storage', () => storage.close());
    const { path, node, takenOverFrom } = storage;
    if (takenOverFrom !== undefined)
      logger.warn(
        { takenOverFrom },
        `took over the unused storage ${path} from node ${takenOverFrom} for node ${node}`,
      );

    const { outbox, watch } = await openEventLog(config, kit, catalog);
    const recovery = openRecovery(config, kit, catalog, outbox);

    const housekeeping = new Housekeeping({
      catalog,
      outbox,
      logger,
      periodMs: config.MUSTER_COLLECT_PERIOD,
      historyMs: config.MUSTER_HISTORY_DAYS * DAY_MS,
    });
    shutdown.register('housekeeping', () => housekeeping.close());
    registerFreezeMetrics(metrics, catalog.freeze);

    const changes = openChanges(config, kit, { catalog, storage, outbox, limits });
    const thingworx = openThingworx(kit, { catalog, storage, appKeys: config.MUSTER_APP_KEYS });
    registerReadiness(health, { catalog, storage, watch });

    return {
      module: ImportServiceModule,
      controllers: [
        ImportsController,
        ExtensionsController,
        RollbackController,
        PackagesController,
        EntitiesController,
        RevisionsController,
        ProposalsController,
        ReplaysController,
        OrdersController,
        NodesController,
        FreezeController,
        TurnsController,
        ...thingworx.controllers,
      ],
      providers: [
        ...changes,
        ...recovery,
        ...thingworx.providers,
        PackageSender,
        { provide: Catalog, useValue: catalog },
      ],
    };
  }
}
