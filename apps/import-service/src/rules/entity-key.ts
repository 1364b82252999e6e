import type { PackageEntity } from '@muster/contracts';

/** Type and name of an entity as one text. */
export function keyOf({ type, name }: PackageEntity): string {
  return `${type}\0${name}`;
}
