import type { DeployedMark } from '../deployed-mark.js';

/** What stands in one directory: its tree digest, or why it has none (another file type, unreadable, not a directory). */
export type TreeState = { readonly digest: string } | { readonly fault: string };

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
