import type { Dependency } from '@muster/contracts';
import type { Queryable } from './database.js';

/** What stands under an extension's name at a revision. */
export interface Target {
  readonly sha256: string;
  readonly treeDigest: string;
}

export interface RevisionTargets {
  readonly revision: number;
  readonly chain: string;
  /** By name: the extensions that the revision changed and all that these need, as far as they were present. */
  readonly present: ReadonlyMap<string, Target>;
  /** The names that the revision removed: a node proves them by not having them. */
  readonly removed: ReadonlySet<string>;
}

interface StateRow extends Target {
  extension: string;
  dependsOn: Dependency[];
  own: boolean;
}

/** The state at a revision is the last change of each extension up to it, without those that were removed. */
const STATE_AT = `
  select s.extension, s.sha256, p.tree_digest as "treeDigest", p.depends_on as "dependsOn", s.revision = $1 as own
  from (
    select distinct on (extension) extension, sha256, action, revision
    from revision_change where revision <= $1 order by extension, revision desc
  ) s join package p on p.sha256 = s.sha256
  where s.action <> 'remove'`;

export async function findTargets(database: Queryable, revision: number): Promise<RevisionTargets | undefined> {
  const [found] = await database.query<{ chain: string }>('select chain from revision where number = $1', [revision]);
  if (found === undefined) return undefined;
  const gone = await database.query<{ extension: string }>(
    `select extension from revision_change where revision = $1 and action = 'remove'`,
    [revision],
  );
  const state = new Map((await database.query<StateRow>(STATE_AT, [revision])).map((row) => [row.extension, row]));
  const present = new Map<string, Target>();
  const open = [...state.values()].filter(({ own }) => own);
  for (let row = open.pop(); row !== undefined; row = open.pop()) {
    if (present.has(row.extension)) continue;
    present.set(row.extension, { sha256: row.sha256, treeDigest: row.treeDigest });
    open.push(...row.dependsOn.flatMap(({ name }) => state.get(name) ?? []));
  }
  return { revision, chain: found.chain, present, removed: new Set(gone.map(({ extension }) => extension)) };
}
