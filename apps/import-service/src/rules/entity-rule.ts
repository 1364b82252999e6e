import type { PackageEntity } from '@muster/contracts';
import type { CatalogFacts, Incoming, Reason } from './facts.js';

/** Localisation tables merge: several extensions may bring the same one. */
const MERGING = 'LocalizationTable';

const keyOf = ({ type, name }: PackageEntity): string => `${type}\0${name}`;

/** One entity has one owner: an entity of the package must be nobody's, or this extension's own. */
export function entityRule({ metadata }: Incoming, { owners }: Pick<CatalogFacts, 'owners'>): Reason[] {
  return owners
    .filter(({ type, extension }) => type !== MERGING && extension !== metadata.name)
    .map(({ type, name, extension }) => ({
      code: 'entity-owned',
      detail: `the ${type} "${name}" belongs to the extension "${extension}"`,
      remedy: `Rename it in this package, or remove "${extension}" first.`,
    }));
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
