import type { DeployedMark } from './deployed-mark.js';
import type { CatalogReader, RevisionRef } from './ports.js';

/** Where a node's storage knows a history that the catalog does not have. */
export interface Fork {
  readonly detail: string;
  readonly known: RevisionRef;
}

/**
 * Compares the points of history that a storage knows with the catalog: another catalog id, or a chain that this one lacks.
 * Without `thorough` only the latest point is asked for: the others were written from the same history before it.
 */
export async function findFork(
  known: readonly RevisionRef[],
  catalog: Pick<CatalogReader, 'head' | 'chainAt'>,
  thorough: boolean,
): Promise<Fork | undefined> {
  const head = await catalog.head();
  const stranger = known.find(({ catalogId }) => catalogId !== head.catalogId);
  if (stranger !== undefined) {
    const here = `this storage follows catalog ${stranger.catalogId} at ${placeOf(stranger)}`;
    return { detail: `${here}, and the database has catalog ${head.catalogId} at ${placeOf(head)}`, known: stranger };
  }
  const points = [...new Map(known.map((ref) => [`${ref.revision} ${ref.chain}`, ref])).values()];
  points.sort((left, right) => right.revision - left.revision);
  const latest = points.filter(({ revision }) => revision === points[0]?.revision);
  for (const ref of thorough ? points : latest) {
    const chain = await catalog.chainAt(ref.revision);
    if (chain === ref.chain) continue;
    const there = chain === undefined ? `ends at ${placeOf(head)}` : `has the chain ${shortened(chain)} there`;
    return { detail: `this storage knows ${placeOf(ref)}, and the catalog ${there}`, known: ref };
  }
  return undefined;
}

function placeOf({ revision, chain }: Pick<RevisionRef, 'revision' | 'chain'>): string {
  return `revision ${revision} (chain ${shortened(chain)})`;
}

/** Enough to tell two apart. */
function shortened(chain: string): string {
  return chain.slice(0, 12);
}

/** What an unreadable mark knows is nothing. */
export function historyOf(applied: RevisionRef | undefined, marks: Iterable<DeployedMark>): RevisionRef[] {
  const known = [...marks].filter(({ catalogId }) => catalogId !== '');
  return applied === undefined ? known : [applied, ...known];
}
