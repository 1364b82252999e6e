/** Whom a convergence is asked of. */
export interface Among {
  /** Only these; absent: all that are expected. */
  readonly nodes?: readonly string[];
  /** So many of them are enough; absent: all. */
  readonly quorum?: number | 'majority';
}

/** How many of so many nodes must prove the goal. */
export function needed({ quorum }: Among, nodes: number): number {
  if (quorum === undefined) return nodes;
  return quorum === 'majority' ? Math.floor(nodes / 2) + 1 : quorum;
}
