import type { DeployedMark } from '../deployed-mark.js';

/**
 * What stands in one directory: its tree digest; or why it has none (another file type, unreadable, not a directory); or
 * `unread` for a directory of somebody else's that nobody wants, or of ours that goes whatever is in it.
 */
export type TreeState = { readonly digest: string } | { readonly fault: string } | { readonly unread: true };

/** One name under `extensions/`, or of a deployed mark; at least one of the two is there. */
export interface LocalExtension {
  readonly name: string;
  /** Absent: Muster did not put the directory there (foreign). */
  readonly mark?: DeployedMark;
  /** Absent: there is no such directory. */
  readonly tree?: TreeState;
}

/** What was found on disk, with the time at which looking began (milliseconds since 1970). */
export interface LocalState {
  readonly lookedAtMs: number;
  readonly extensions: ReadonlyMap<string, LocalExtension>;
}

export function treeFault(tree: TreeState): string {
  if ('fault' in tree) return tree.fault;
  return 'digest' in tree ? 'its digest differs' : 'it was not read';
}

/** The mark of what really stands there: while an installation was interrupted, that of the version before it. */
export function standingMark({ mark, tree }: LocalExtension): DeployedMark | undefined {
  if (mark?.previous === undefined || tree === undefined || !('digest' in tree)) return mark;
  return tree.digest === mark.previous.treeDigest ? mark.previous : mark;
}
