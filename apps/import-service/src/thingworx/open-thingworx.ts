import type { Catalog } from '@muster/catalog';
import { InstalledFiles, type NodeStorage } from '@muster/node-storage';
import type { ServiceKit } from '@muster/service-kit';
import type { Provider, Type } from '@nestjs/common';
import { Importer } from '../change/importer.js';
import { AuditTrail } from '../record/audit-trail.js';
import { ChangeRecorder } from '../record/change-recorder.js';
import { ImportSlots } from '../upload/import-slots.js';
import { AppKeys, type AppKey } from './access/app-keys.js';
import { gate } from './access/gate.js';
import { ClusterController } from './cluster.controller.js';
import { EntityController } from './entity.controller.js';
import { InstalledPackages } from './installed-packages.js';
import { LogController } from './log.controller.js';
import { PlatformController } from './platform.controller.js';
import { UiFilesController } from './ui-files.controller.js';
import { UploaderController } from './uploader.controller.js';
import { Uploads } from './uploads.js';

export interface OpenThingworxParts {
  readonly catalog: Catalog;
  readonly storage: NodeStorage;
  /** Absent: whoever reaches this service may use it, as the rest of its API. */
  readonly appKeys: readonly AppKey[] | undefined;
}

/** Everything under `/Thingworx`: what ThingWorx' own clients call, over the same importer and remover. */
export function openThingworx(
  { logger, rawHandlers }: ServiceKit,
  { catalog, storage, appKeys }: OpenThingworxParts,
): { readonly controllers: Type[]; readonly providers: Provider[] } {
  rawHandlers.push(gate(appKeys && new AppKeys(appKeys), logger));
  const uploads = {
    provide: Uploads,
    inject: [Importer, ImportSlots, ChangeRecorder, AuditTrail],
    useFactory: (importer: Importer, slots: ImportSlots, recorder: ChangeRecorder, audit: AuditTrail) =>
      new Uploads({ importer, slots, recorder, audit }),
  };
  return {
    controllers: [
      UploaderController,
      PlatformController,
      ClusterController,
      LogController,
      UiFilesController,
      EntityController,
    ],
    providers: [
      uploads,
      { provide: InstalledPackages, useValue: new InstalledPackages(catalog) },
      { provide: InstalledFiles, useValue: new InstalledFiles(storage) },
    ],
  };
}
