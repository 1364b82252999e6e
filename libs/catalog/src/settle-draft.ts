import { compareVersions, nameKey, parseVersion } from '@muster/contracts';
import type { ChangeAction, Dependency, RevisionChange } from '@muster/contracts';
import type { CommitRefused, DraftChange, RevisionDraft, UnmetDependency } from './revision-draft.js';

/** One current extension, as the commit sees it under the lock. */
export interface CurrentExtension {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly treeDigest: string;
  readonly sizeBytes: number;
  readonly dependsOn: readonly Dependency[];
}

/** What a draft comes to on the state that is really there. */
export interface Settled {
  readonly ok: true;
  readonly changes: readonly RevisionChange[];
  /** All extensions after the commit. */
  readonly next: readonly CurrentExtension[];
}

/**
 * Checks again, under the lock, what the plan assumed: each touched extension still as expected, no two names that fold to
 * one, no dependency newly unmet. Pure.
 */
export function settleDraft(current: readonly CurrentExtension[], draft: RevisionDraft): Settled | CommitRefused {
  const before = new Map(current.map((extension) => [extension.name, extension]));
  const after = new Map(before);
  const changes: RevisionChange[] = [];
  for (const change of draft.changes) {
    const moved = checkExpected(before, change);
    if (moved) return moved;
    changes.push(describe(before, change));
    if (change.action === 'remove') after.delete(change.extension);
    else after.set(change.package.metadata.name, asCurrent(change.package));
  }
  return (
    checkNames(after) ?? checkDependencies(before, after, draft) ?? { ok: true, changes, next: [...after.values()] }
  );
}

export function nameOf(change: DraftChange): string {
  return change.action === 'remove' ? change.extension : change.package.metadata.name;
}

function asCurrent({ metadata, sha256, treeDigest, sizeBytes }: Exclude<DraftChange, { action: 'remove' }>['package']) {
  const { name, version, dependsOn } = metadata;
  return { name, version, sha256, treeDigest, sizeBytes, dependsOn };
}

function checkExpected(before: ReadonlyMap<string, CurrentExtension>, change: DraftChange): CommitRefused | undefined {
  const name = nameOf(change);
  const now = before.get(name);
  if ((now?.sha256 ?? null) === change.expected) return undefined;
  const found = now ? `is now ${now.version} (${now.sha256})` : 'is no longer there';
  const expected = change.expected === null ? 'did not exist' : `was the package ${change.expected}`;
  return conflict(`${name} ${found}; the plan was made when it ${expected}`);
}

function describe(before: ReadonlyMap<string, CurrentExtension>, change: DraftChange): RevisionChange {
  const action: ChangeAction = change.action;
  const previous = before.get(nameOf(change));
  if (change.action === 'remove') {
    const { name: extension, version, sha256, sizeBytes } = previous as CurrentExtension;
    return { action, extension, version, sha256, sizeBytes };
  }
  const { sha256, sizeBytes, metadata } = change.package;
  return {
    action,
    extension: metadata.name,
    version: metadata.version,
    sha256,
    sizeBytes,
    ...(previous && { previousVersion: previous.version, previousSha256: previous.sha256 }),
  };
}

function checkNames(after: ReadonlyMap<string, CurrentExtension>): CommitRefused | undefined {
  const byKey = new Map<string, string>();
  for (const name of after.keys()) {
    const other = byKey.get(nameKey(name));
    if (other !== undefined) {
      return {
        ok: false,
        code: 'name-collision',
        detail: `${name} and ${other} differ only by case or Unicode form: they would be one directory on some file systems`,
        remedy: 'rename one of the two extensions, or remove the one that is installed first',
      };
    }
    byKey.set(nameKey(name), name);
  }
  return undefined;
}

function checkDependencies(
  before: ReadonlyMap<string, CurrentExtension>,
  after: ReadonlyMap<string, CurrentExtension>,
  draft: RevisionDraft,
): CommitRefused | undefined {
  const known = new Set([...unmetIn(before), ...(draft.acceptUnmet ?? [])].map(pairKey));
  const broken = unmetIn(after).find((pair) => !known.has(pairKey(pair)));
  if (broken === undefined) return undefined;
  const { extension, dependency } = broken;
  const wanted = after.get(extension)?.dependsOn.find(({ name }) => name === dependency);
  const there = after.get(dependency);
  const state = there ? `which would be ${there.version}` : 'which would not be there';
  return conflict(`${extension} needs ${dependency} ${wanted?.version ?? ''}, ${state}`);
}

function unmetIn(state: ReadonlyMap<string, CurrentExtension>): UnmetDependency[] {
  return [...state.values()].flatMap(({ name, dependsOn }) =>
    dependsOn
      .filter((dependency) => !isMet(dependency, state.get(dependency.name)))
      .map((dependency) => ({ extension: name, dependency: dependency.name })),
  );
}

/** Present, at this version or a later one of the same major. */
function isMet(dependency: Dependency, there: CurrentExtension | undefined): boolean {
  const [wanted, found] = [parseVersion(dependency.version), there && parseVersion(there.version)];
  if (!wanted || !found) return false;
  return wanted.parts[0] === found.parts[0] && compareVersions(found, wanted) >= 0;
}

function pairKey({ extension, dependency }: UnmetDependency): string {
  return `${extension}\0${dependency}`;
}

function conflict(detail: string): CommitRefused {
  return { ok: false, code: 'conflict', detail, remedy: 'plan again against the head' };
}
