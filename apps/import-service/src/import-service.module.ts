import { Catalog } from '@muster/catalog';
import { createPostgresEventLog } from '@muster/event-log';
import { createPackageReader, type PackageLimits } from '@muster/extension-package';
import { NodeStorage, createDeployHook } from '@muster/node-storage';
import type { ServiceKit } from '@muster/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import { EntitiesController } from './api/entities.controller.js';
import { ExtensionsController } from './api/extensions.controller.js';
import { ImportsController } from './api/imports.controller.js';
import { PackageSender } from './api/package-sender.js';
import { PackagesController } from './api/packages.controller.js';
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
import { registerReadiness } from './start/readiness.js';
import { ImportSlots } from './upload/import-slots.js';

/** How much longer than its hook a change may take to end, when the service stops. */
const DRAIN_GRACE_MS = 15_000;

/** The service, wired: what it opens is closed in reverse order when it stops. */
@Module({})
export class ImportServiceModule {
  static async open(config: ImportConfig, limits: PackageLimits, kit: ServiceKit): Promise<DynamicModule> {
    const { logger, metrics, health, shutdown } = kit;
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

    const reader = createPackageReader({ limits, maxThreads: config.MUSTER_MAX_IMPORTS, readyThreads: 2 });
    shutdown.register('package reader', () => reader.close());

    const eventLog = createPostgresEventLog({
      url,
      pollIntervalMs: config.MUSTER_POLL_INTERVAL,
      applicationName: 'muster-import-service-log',
    });
    shutdown.register('event log', () => eventLog.close());
    const relay = await eventLog.relay();
    shutdown.register('relay', () => relay.close());

    const collection = new BlobCollection(catalog.blobs, logger, config.MUSTER_COLLECT_PERIOD);
    shutdown.register('blob collection', () => collection.close());

    const hook = createDeployHook(config.MUSTER_DEPLOY_HOOK, { timeoutMs: config.MUSTER_HOOK_TIMEOUT });
    const origin = new OriginNode({ storage, catalog, reader, hook, logger });
    const change = new LockedChange({
      origin,
      revisions: catalog.revisions,
      lockTimeoutMs: config.MUSTER_LOCK_TIMEOUT,
      settleTimeoutMs: config.MUSTER_SETTLE_TIMEOUT,
      published: eventLog.kind === 'postgres',
    });
    const slots = new ImportSlots(config.MUSTER_MAX_IMPORTS);
    shutdown.register('imports', () => slots.drained(), config.MUSTER_HOOK_TIMEOUT + DRAIN_GRACE_MS);
    registerReadiness(health, { catalog, storage, eventLog });

    return {
      module: ImportServiceModule,
      controllers: [
        ImportsController,
        ExtensionsController,
        PackagesController,
        EntitiesController,
        RevisionsController,
      ],
      providers: [
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
