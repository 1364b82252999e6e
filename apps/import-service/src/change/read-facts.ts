import type { Catalog, CatalogWanted } from '@muster/catalog';
import type { PackageMetadata } from '@muster/contracts';
import type { CatalogFacts } from '../rules/facts.js';

export interface FactsAtHead {
  readonly wanted: CatalogWanted;
  readonly facts: CatalogFacts;
}

/**
 * What the rules need to know of the catalog for some packages. Read in several statements: a commit in between is found by
 * the commit of the change itself, which checks again what the plan assumed.
 */
export async function readFacts(
  catalog: Pick<Catalog, 'wanted' | 'entities' | 'extensions'>,
  packages: readonly Pick<PackageMetadata, 'name' | 'entities'>[],
): Promise<FactsAtHead> {
  const names = packages.map(({ name }) => name);
  const entities = packages.flatMap((one) => one.entities);
  const [wanted, owners, owned, dependants] = await Promise.all([
    catalog.wanted(),
    entities.length === 0 ? [] : catalog.entities.owners(entities),
    catalog.entities.ownedBy(names),
    catalog.extensions.dependants(names),
  ]);
  return { wanted, facts: { extensions: wanted.extensions, owners, owned, dependants } };
}
