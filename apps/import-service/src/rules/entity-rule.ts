import type { OwnedEntity, PackageEntity } from '@muster/contracts';
import { keyOf } from './entity-key.js';
import type { CatalogFacts, Incoming, Reason } from './facts.js';
import type { Together } from './together.js';

/** Localisation tables merge: several extensions may bring the same one. */
const MERGING = 'LocalizationTable';

/**
 * One entity has one owner: an entity of the package must be nobody's, this extension's own, or given up by a package of the
 * same import; and no two packages of the import bring it.
 */
export function entityRule(
  { metadata }: Pick<Incoming, 'metadata'>,
  { owners }: Pick<CatalogFacts, 'owners'>,
  { bringers, after }: Pick<Together, 'bringers' | 'after'>,
): Reason[] {
  const mine = new Set(metadata.entities.filter(({ type }) => type !== MERGING).map(keyOf));
  const taken = owners
    .filter(({ extension }) => extension !== metadata.name && after.get(extension)?.comes !== true)
    .filter((entity) => mine.has(keyOf(entity)))
    .map((entity) => owned(entity, `belongs to the extension "${entity.extension}"`));
  const shared = metadata.entities.flatMap((entity) => {
    const other = bringers.get(keyOf(entity))?.find((name) => name !== metadata.name);
    if (other === undefined || entity.type === MERGING) return [];
    return [owned({ ...entity, extension: other }, `is brought by "${other}" of the same import, too`)];
  });
  return [...taken, ...shared];
}

function owned({ type, name, extension }: OwnedEntity, how: string): Reason {
  return {
    code: 'entity-owned',
    detail: `the ${type} "${name}" ${how}`,
    remedy: how.startsWith('belongs')
      ? `Rename it in this package, or remove "${extension}" first.`
      : `Take it out of one of the two packages.`,
  };
}

export interface EntityDifference {
  readonly added: readonly PackageEntity[];
  readonly removed: readonly PackageEntity[];
}

/** Which entities come and which go when `next` takes the place of `previous`. */
export function entityDifference(previous: readonly PackageEntity[], next: readonly PackageEntity[]): EntityDifference {
  const before = new Set(previous.map(keyOf));
  const after = new Set(next.map(keyOf));
  const plain = ({ type, name }: PackageEntity): PackageEntity => ({ type, name });
  return {
    added: next.filter((entity) => !before.has(keyOf(entity))).map(plain),
    removed: previous.filter((entity) => !after.has(keyOf(entity))).map(plain),
  };
}
