import type { OwnedEntity, PackageEntity } from '@muster/contracts';
import type { Queryable } from './database.js';

/** Entities and the extensions that own them at head. */
export class EntityStore {
  constructor(private readonly database: Queryable) {}

  /** All, or those of one extension, sorted by type and name. */
  list(extension?: string): Promise<OwnedEntity[]> {
    return this.database.query<OwnedEntity>(
      `select type, name, extension from entity where $1::text is null or extension = $1
       order by type collate "C", name collate "C", extension collate "C"`,
      [extension ?? null],
    );
  }

  /** Those that any of these extensions owns, in the same order. */
  ownedBy(extensions: readonly string[]): Promise<OwnedEntity[]> {
    return this.database.query<OwnedEntity>(
      `select type, name, extension from entity where extension = any($1)
       order by type collate "C", name collate "C", extension collate "C"`,
      [[...extensions]],
    );
  }

  /** The owners of those among these entities that are owned at all: what a plan compares with. */
  owners(entities: readonly PackageEntity[]): Promise<OwnedEntity[]> {
    return findOwners(this.database, entities);
  }

  /** Other extensions that any package of the history says brought one of these entities. Localisation tables merge: they have no former owner. */
  async formerOwners(extension: string, entities: readonly PackageEntity[]): Promise<string[]> {
    const rows = await this.database.query<{ name: string }>(
      `select distinct p.name
       from unnest($1::text[], $2::text[]) as asked (type, name)
         join package_entity e using (type, name) join package p on p.sha256 = e.sha256
       where p.name <> $3 and e.type <> 'LocalizationTable' order by p.name`,
      [entities.map(({ type }) => type), entities.map(({ name }) => name), extension],
    );
    return rows.map(({ name }) => name);
  }
}

export function findOwners(database: Queryable, entities: readonly PackageEntity[]): Promise<OwnedEntity[]> {
  return database.query<OwnedEntity>(
    `select e.type, e.name, e.extension
     from unnest($1::text[], $2::text[]) as asked (type, name) join entity e using (type, name)
     order by e.type collate "C", e.name collate "C", e.extension collate "C"`,
    [entities.map(({ type }) => type), entities.map(({ name }) => name)],
  );
}
