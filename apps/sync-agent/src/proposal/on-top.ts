import type { ProposedPackage } from '@muster/contracts';
import type { WantedState } from '@muster/node-storage';

/** What would be wanted if these were committed on top of it. */
export function onTop(
  { extensions }: Pick<WantedState, 'extensions'>,
  packages: readonly ProposedPackage[],
): Pick<WantedState, 'extensions'> {
  const names = new Set(packages.map(({ name }) => name));
  return { extensions: [...extensions.filter(({ name }) => !names.has(name)), ...packages] };
}
