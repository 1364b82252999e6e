import { nameKey } from '@muster/contracts';
import type { CatalogFacts, Incoming, Reason } from './facts.js';

/** Two names that differ only in case or Unicode form would be one directory on some file systems. */
export function nameRule({ metadata }: Incoming, { extensions }: Pick<CatalogFacts, 'extensions'>): Reason[] {
  const key = nameKey(metadata.name);
  const twin = extensions.find(({ name }) => name !== metadata.name && nameKey(name) === key);
  if (twin === undefined) return [];
  return [
    {
      code: 'name-collision',
      detail: `the name "${metadata.name}" differs from the installed extension "${twin.name}" only in case or Unicode form`,
      remedy: `Name the package "${twin.name}" if it is meant to replace that one; else give it another name.`,
    },
  ];
}
