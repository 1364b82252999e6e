import { EMPTY_CHAIN, rootDigest } from '@muster/contracts';
import type { Goal, Head, Target, Tree } from '../model/facts.js';
import type { Queryable } from './database.js';

/** A change that came after a goal's revision, with the tree that it left. */
export interface LaterChange {
  readonly revision: number;
  readonly extension: string;
  readonly tree: Tree;
}

interface TreeRow {
  extension: string;
  action: string;
  sha256: string;
  treeDigest: string;
  own: boolean;
}

interface RevisionRow {
  chain: string;
  rootDigest: string;
  committedAtMs: number;
  convergedAtMs: number | null;
}

/** A goal as it was at its own revision, with the names of the extensions that the revision itself changed. */
export interface LoadedGoal extends Goal {
  readonly own: ReadonlySet<string>;
}

/**
 * The revision's own changes, and what they need as it stood then: the last change of a name up to that revision says
 * what was there.
 */
const TREES = `
  with recursive needed as (
    select c.extension, c.action, c.sha256, true as own
    from revision_change c where c.revision = $1
    union
    select s.extension, s.action, s.sha256, false
    from needed n
    join package p on p.sha256 = n.sha256 and n.action <> 'remove'
    cross join lateral jsonb_array_elements(p.depends_on) d
    cross join lateral (
      select c.extension, c.action, c.sha256 from revision_change c
      where c.extension = d ->> 'name' and c.revision <= $1 order by c.revision desc limit 1
    ) s
    where s.action <> 'remove'
  )
  select n.extension, n.action, n.sha256, p.tree_digest as "treeDigest", bool_or(n.own) as own
  from needed n join package p on p.sha256 = n.sha256
  group by n.extension, n.action, n.sha256, p.tree_digest`;

const REVISION = `
  select r.chain, r.root_digest as "rootDigest", (extract(epoch from r.committed_at) * 1000)::float8 as "committedAtMs",
    (extract(epoch from v.converged_at) * 1000)::float8 as "convergedAtMs"
  from revision r left join revision_convergence v on v.revision = r.number
  where r.number = $1`;

/** The goal of a revision as of that revision; later changes are to be folded in. Revision 0 asks for nothing. */
export async function readGoal(session: Queryable, revision: number): Promise<LoadedGoal> {
  const [row] = await session.query<RevisionRow>(REVISION, [revision]);
  const empty = { whole: false, revision, targets: new Map<string, Target>(), own: new Set<string>() };
  if (row === undefined) return { ...empty, chain: EMPTY_CHAIN, rootDigest: rootDigest([]) };
  const trees = await session.query<TreeRow>(TREES, [revision]);
  return {
    ...empty,
    chain: row.chain,
    rootDigest: row.rootDigest,
    committedAtMs: row.committedAtMs,
    ...(row.convergedAtMs !== null && { convergedAtMs: row.convergedAtMs }),
    targets: new Map(trees.map((tree) => [tree.extension, { extension: tree.extension, trees: [asTree(tree)] }])),
    own: new Set(trees.filter(({ own }) => own).map(({ extension }) => extension)),
  };
}

/** The whole cluster at head: every current extension. */
export async function readWholeGoal(session: Queryable, head: Head): Promise<Goal> {
  const rows = await session.query<{ extension: string; sha256: string; treeDigest: string }>(
    `select e.name as extension, e.sha256, p.tree_digest as "treeDigest"
     from extension e join package p on p.sha256 = e.sha256`,
  );
  const targets = rows.map(({ extension, ...tree }): [string, Target] => [extension, { extension, trees: [tree] }]);
  const { revision, chain, committedAtMs } = head;
  const committed = committedAtMs === undefined ? {} : { committedAtMs };
  return { whole: true, revision, chain, rootDigest: head.rootDigest, ...committed, targets: new Map(targets) };
}

/** The changes after one revision up to another, in order; of some extensions only, where they are named. */
export async function readLaterChanges(
  session: Queryable,
  after: number,
  upTo: number,
  extensions?: readonly string[],
): Promise<LaterChange[]> {
  const rows = await session.query<Omit<TreeRow, 'own'> & { revision: number }>(
    `select c.revision::float8 as revision, c.extension, c.action, c.sha256, p.tree_digest as "treeDigest"
     from revision_change c join package p on p.sha256 = c.sha256
     where c.revision > $1 and c.revision <= $2 and ($3::text[] is null or c.extension = any($3))
     order by c.revision, c.position`,
    [after, upTo, extensions ?? null],
  );
  return rows.map((row) => ({ revision: row.revision, extension: row.extension, tree: asTree(row) }));
}

/**
 * The goal after later changes: one of an own extension supersedes it; a dependency may be what it was then, or anything
 * that it has become since.
 */
export function foldLater(goal: LoadedGoal, changes: readonly LaterChange[]): LoadedGoal {
  const relevant = changes.filter(({ extension }) => goal.targets.has(extension));
  if (relevant.length === 0) return goal;
  const targets = new Map(goal.targets);
  let { supersededBy } = goal;
  for (const { extension, revision, tree } of relevant) {
    if (goal.own.has(extension)) supersededBy ??= { extension, revision };
    else targets.set(extension, { extension, trees: [...(targets.get(extension)?.trees ?? []), tree] });
  }
  return { ...goal, targets, ...(supersededBy !== undefined && { supersededBy }) };
}

function asTree({ action, sha256, treeDigest }: Pick<TreeRow, 'action' | 'sha256' | 'treeDigest'>): Tree {
  return action === 'remove' ? 'absent' : { sha256, treeDigest };
}
