import type { Catalog } from '@muster/catalog';
import { isExtensionName } from '@muster/contracts';
import type { ExtensionDetail } from '@muster/contracts';
import { extensionUnknown } from '../problems/rollback-problems.js';
import { collectionOf } from './answer/collection-of.js';
import { ENTITY_DESCRIPTOR, EXTENSION_PACKAGE } from './answer/data-shapes.js';
import { infoTable, type InfoTable } from './answer/info-table.js';
import { packageRow, type PackageRow } from './answer/package-row.js';

export interface EntityRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly parentName: string;
  readonly parentType: string;
}

/** What is installed, in the tables of the platform. */
export class InstalledPackages {
  constructor(private readonly catalog: Pick<Catalog, 'extensions' | 'wanted'>) {}

  async list(): Promise<InfoTable<PackageRow>> {
    const described = await this.catalog.extensions.described();
    const rows = described.map(({ name, version, metadata }) => packageRow(name, version, metadata));
    return infoTable(EXTENSION_PACKAGE, rows);
  }

  /** What a package brings: its entities, and its jars, which the platform has among the resources. @throws HttpProblem 404 */
  async content(name: string): Promise<InfoTable<EntityRow>> {
    const { metadata } = await this.detail(name);
    const entities = metadata.entities.map(({ type, name: entity }) => entityRow(entity, type, collectionOf(type)));
    const jars = metadata.fileResources
      .filter(({ type }) => type.toUpperCase() === 'JAR')
      .map(({ file, description }) => entityRow(file, 'Resource', 'Resources', description));
    return infoTable(ENTITY_DESCRIPTOR, [...entities, ...jars]);
  }

  /** Extensions that keep it from being removed. @throws HttpProblem 404 */
  async users(name: string): Promise<InfoTable<EntityRow>> {
    await this.detail(name);
    const { extensions } = await this.catalog.wanted();
    const users = extensions.filter((extension) => extension.name !== name && extension.dependsOn.includes(name));
    return infoTable(
      ENTITY_DESCRIPTOR,
      users.map((user) => entityRow(user.name, 'ExtensionPackage', 'ExtensionPackages', `needs ${name}`)),
    );
  }

  private async detail(name: string): Promise<ExtensionDetail> {
    const detail = isExtensionName(name) ? await this.catalog.extensions.detail(name) : undefined;
    if (detail === undefined) throw extensionUnknown(name);
    return detail;
  }
}

function entityRow(name: string, type: string, parentName: string, description = ''): EntityRow {
  return { id: name, name, description, type, parentName, parentType: 'Collection' };
}
