/** What the command ends with: scripts tell outcomes apart by it. The table in docs/cli.md is this one. */
export const EXIT = {
  /** Done, and converged where it waits. */
  done: 0,
  /** A fault in Muster or its configuration. */
  fault: 1,
  /** Wrong use of the command. */
  usage: 2,
  /** The package or the request was refused, with its code. */
  refused: 3,
  /** Committed, and failed or parked on a node. */
  failed: 4,
  /** Committed, and not converged in time. */
  late: 5,
  /** Committed, and nodes are absent. */
  absent: 6,
  /** Superseded by a later revision. */
  superseded: 7,
  /** Nothing committed; try again later. */
  later: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
