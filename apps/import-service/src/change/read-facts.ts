import type { Catalog, CatalogWanted } from '@muster/catalog';
import type { Dependency, PackageMetadata } from '@muster/contracts';
import type { CatalogFacts } from '../rules/facts.js';

export interface FactsAtHead {
  readonly wanted: CatalogWanted;
  readonly facts: CatalogFacts;
}

/**
 * What the rules need to know of the catalog for one package. Read in several statements: a commit in between is found by
 * the commit of the change itself, which checks again what the plan assumed.
 */
export async function readFacts(
  catalog: Pick<Catalog, 'wanted' | 'entities' | 'extensions'>,
  metadata: Pick<PackageMetadata, 'name' | 'entities'>,
): Promise<FactsAtHead> {
  const [wanted, owners, owned] = await Promise.all([
    catalog.wanted(),
    metadata.entities.length === 0 ? [] : catalog.entities.owners(metadata.entities),
    catalog.entities.list(metadata.name),
  ]);
  const dependants = await readDependants(catalog, wanted, metadata.name);
  return { wanted, facts: { extensions: wanted.extensions, owners, owned, dependants } };
}

/** Who needs the extension, with the least version that each names. */
async function readDependants(
  catalog: Pick<Catalog, 'extensions'>,
  wanted: CatalogWanted,
  name: string,
): Promise<Dependency[]> {
  const names = wanted.extensions
    .filter(({ dependsOn }) => dependsOn.includes(name))
    .map((extension) => extension.name);
  const details = await Promise.all(names.map((dependant) => catalog.extensions.detail(dependant)));
  return details.flatMap((detail) =>
    (detail?.metadata.dependsOn ?? [])
      .filter((dependency) => dependency.name === name)
      .map(({ version }) => ({ name: detail?.name ?? '', version })),
  );
}
