import { Catalog } from '@muster/catalog';
import { createPackageReader, type PackageLimits } from '@muster/extension-package';
import { NodeStorage, createDeployHook } from '@muster/node-storage';
import { registerProblemStatus, type ServiceKit } from '@muster/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import { EntitiesController } from './api/entities.controller.js';
import { ExtensionsController } from './api/extensions.controller.js';
import { ImportsController } from './api/imports.controller.js';
import { OrdersController } from './api/orders.controller.js';
import { PackageSender } from './api/package-sender.js';
import { PackagesController } from './api/packages.controller.js';
import { ReplaysController } from './api/replays.controller.js';
import { RevisionsController } from './api/revisions.controller.js';
import { Importer } from './change/importer.js';
import { LockedChange } from './change/locked-change.js';
import { OriginNode } from './change/origin-node.js';
import { Remover } from './change/remover.js';
import type { ImportConfig } from './config.js';
import { ChangeMetrics } from './record/change-metrics.js';
import { ChangeRecorder } from './record/change-recorder.js';
import { BlobCollection } from './start/blob-collection.js';
import { openCatalog } from './start/open-catalog.js';
import { openEventLog } from './start/open-event-log.js';
import { openRecovery } from './start/open-recovery.js';
import { registerReadiness } from './start/readiness.js';
import { ImportSlots } from './upload/import-slots.js';

/** Of what the catalog throws where no step of an import says more. */
const PROBLEMS = { 'database-away': 503, 'lock-timeout': 503 };

/** How much longer than its hook a change may take to end, when the service stops. */
const DRAIN_GRACE_MS = 15_000;

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

    const reader = createPackageReader({ limits, maxThreads: config.MUSTER_MAX_IMPORTS, readyThreads: 2 });
    shutdown.register('package reader', () => reader.close());

    const { outbox, watch } = await openEventLog(config, kit, catalog);
    const recovery = openRecovery(config, kit, catalog, outbox);

    const collection = new BlobCollection(catalog.blobs, logger, config.MUSTER_COLLECT_PERIOD);
    shutdown.register('blob collection', () => collection.close());

    const hook = createDeployHook(config.MUSTER_DEPLOY_HOOK, { timeoutMs: config.MUSTER_HOOK_TIMEOUT });
    const origin = new OriginNode({ storage, catalog, reader, hook, logger });
    const change = new LockedChange({
      origin,
      revisions: catalog.revisions,
      lockTimeoutMs: config.MUSTER_LOCK_TIMEOUT,
      settleTimeoutMs: config.MUSTER_SETTLE_TIMEOUT,
      ...outbox,
    });
    const slots = new ImportSlots(config.MUSTER_MAX_IMPORTS);
    shutdown.register('imports', () => slots.drained(), config.MUSTER_HOOK_TIMEOUT + DRAIN_GRACE_MS);
    registerReadiness(health, { catalog, storage, watch });

    return {
      module: ImportServiceModule,
      controllers: [
        ImportsController,
        ExtensionsController,
        PackagesController,
        EntitiesController,
        RevisionsController,
        ReplaysController,
        OrdersController,
      ],
      providers: [
        ...recovery,
        PackageSender,
        { provide: Catalog, useValue: catalog },
        { provide: ImportSlots, useValue: slots },
        {
          provide: Importer,
          useValue: new Importer({ origin, catalog, reader, change, maxZipBytes: limits.maxZipBytes }),
        },
        { provide: Remover, useValue: new Remover({ catalog, change }) },
        {
          provide: ChangeRecorder,
          useValue: new ChangeRecorder(catalog.audit, new ChangeMetrics(metrics, () => slots.busy), logger),
        },
      ],
    };
  }
}
