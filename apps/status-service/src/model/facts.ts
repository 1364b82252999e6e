import type { Hold, NodeReport, NodeState, ProposalView } from '@muster/contracts';

/** The catalog's head. Revision 0 stands for the empty catalog. */
export interface Head {
  readonly catalogId: string;
  readonly revision: number;
  readonly chain: string;
  readonly rootDigest: string;
  /** By the clock of the database; absent for the empty catalog. */
  readonly committedAtMs?: number;
}

/** A node that has enrolled. All times are the database's, in ms since 1970. */
export interface EnrolledNode {
  readonly node: string;
  readonly enrolledAtMs: number;
  readonly address?: string;
  readonly retiredAtMs?: number;
  /** How often its agent has started. */
  readonly starts: number;
  readonly paused?: Hold;
  /** As the projection tells it: since when it has been so. */
  readonly last?: { readonly state: NodeState; readonly inSync: boolean; readonly sinceMs: number };
}

/** A report and when the log took it, by the log's clock. */
export interface Heard {
  readonly report: NodeReport;
  readonly receivedAtMs: number;
}

/** An agent that was refused the node, or the storage, that it asked for. */
export interface Refusal {
  readonly node: string;
  readonly code: 'storage-in-use' | 'storage-foreign-node' | 'node-id-in-use';
  readonly claimant: string;
  readonly detail: string;
  /** The node that holds what was asked for, where it is known. */
  readonly holder?: string;
  readonly atMs: number;
}

/** What the catalog says at one moment of its own clock. */
export interface CatalogFacts {
  readonly nowMs: number;
  readonly head: Head;
  /** Enrolled nodes, the retired ones too, sorted by id. */
  readonly nodes: readonly EnrolledNode[];
  /** The chains of those revisions that reports name, as far as this catalog has them. */
  readonly chains: ReadonlyMap<number, string>;
  /** By such a revision: when the one after it was committed. */
  readonly nextCommits: ReadonlyMap<number, number>;
  /** Those of the last minutes. */
  readonly refusals: readonly Refusal[];
  /** Those that are open, the newest first. */
  readonly proposals: readonly ProposalView[];
  /** Set while the catalog takes no change. */
  readonly frozen?: Hold;
}

/** How old a proof, and a report, may be. */
export interface Ages {
  /** A proof is fresh while it is younger: two drift periods. */
  readonly proofMs: number;
  /** A node is offline when it has been silent for longer. */
  readonly silenceMs: number;
}

/** A tree that a node may hold to be right: a package's, or nothing at all. */
export type Tree = { readonly sha256: string; readonly treeDigest: string } | 'absent';

/** One extension that a goal asks for, and every tree that fulfils it. */
export interface Target {
  readonly extension: string;
  readonly trees: readonly Tree[];
}

/** A later revision that changed one of a revision's own extensions. */
export interface Superseder {
  readonly extension: string;
  readonly revision: number;
}

/**
 * What is waited for: the whole cluster at head, or one revision's own changes with their dependencies. A dependency may
 * have moved on since: any tree that it has had from that revision on will do.
 */
export interface Goal {
  readonly whole: boolean;
  readonly revision: number;
  readonly chain: string;
  readonly rootDigest: string;
  readonly committedAtMs?: number;
  readonly targets: ReadonlyMap<string, Target>;
  /** The first later change of one of the own extensions. */
  readonly supersededBy?: Superseder;
  /** When every expected node had proven it for the first time. */
  readonly convergedAtMs?: number;
}
