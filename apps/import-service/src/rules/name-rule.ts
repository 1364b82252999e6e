import { nameKey } from '@muster/contracts';
import type { Incoming, Reason } from './facts.js';
import type { Together } from './together.js';

/** Two names that differ only in case or Unicode form would be one directory on some file systems. */
export function nameRule(
  { metadata }: Pick<Incoming, 'metadata'>,
  { names, after }: Pick<Together, 'names' | 'after'>,
): Reason[] {
  const twin = names.get(nameKey(metadata.name))?.find((name) => name !== metadata.name);
  if (twin === undefined) return [];
  const comes = after.get(twin)?.comes === true;
  return [
    {
      code: 'name-collision',
      detail: `the name "${metadata.name}" differs from ${comes ? 'the package' : 'the installed extension'} "${twin}"${comes ? ' of the same import' : ''} only in case or Unicode form`,
      remedy: `Name the package "${twin}" if it is meant to replace that one; else give it another name.`,
    },
  ];
}

/** One extension comes in one version only. */
export function duplicateRule(
  { metadata: { name } }: Pick<Incoming, 'metadata'>,
  all: readonly Pick<Incoming, 'metadata'>[],
): Reason[] {
  const versions = all.filter(({ metadata }) => metadata.name === name).map(({ metadata }) => metadata.version);
  if (versions.length < 2) return [];
  return [
    {
      code: 'duplicate-extension',
      detail: `"${name}" is in this import ${versions.length} times: ${versions.join(', ')}`,
      remedy: `Send one package of "${name}" only.`,
    },
  ];
}
