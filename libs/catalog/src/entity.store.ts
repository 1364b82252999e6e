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

  /** The owners of those among these entities that are owned at all: what a plan compares with. */
  owners(entities: readonly PackageEntity[]): Promise<OwnedEntity[]> {
    return findOwners(this.database, entities);
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
