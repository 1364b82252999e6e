import type { WantedExtension } from '../ports.js';
import type { LocalExtension } from '../tree/local-state.js';

/**
 * One thing to do, on one extension:
 * `install` nothing stands there; `replace` something else does (older, drifted, foreign); `adopt` an equal tree does, unmarked;
 * `redeploy` the right tree stands there, its hook is to run; `remove` it is not wanted.
 */
export type Step =
  | {
      readonly kind: 'install';
      readonly name: string;
      readonly wanted: WantedExtension;
      readonly local?: LocalExtension;
      readonly why: string;
    }
  | {
      readonly kind: 'replace' | 'adopt' | 'redeploy';
      readonly name: string;
      readonly wanted: WantedExtension;
      readonly local: LocalExtension;
      readonly why: string;
    }
  | { readonly kind: 'remove'; readonly name: string; readonly local: LocalExtension; readonly why: string };

export type StepKind = Step['kind'];

/** A step that must not be taken now. */
export interface HeldBack {
  readonly step: Step;
  /** The parked (or missing) extension that it stands behind; its own name where it is parked itself. */
  readonly waitsFor: string;
}

/** What must be done to make a node match, in order, and what stands aside. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly held: readonly HeldBack[];
  /** Directories that Muster did not put there and leaves alone. */
  readonly foreign: readonly string[];
}

/** A failed change that is not to be tried again now: the zip that was wanted, or undefined for a removal. */
export interface ParkedTarget {
  readonly name: string;
  readonly sha256: string | undefined;
}

export interface PlanOptions {
  /** Only these names are touched; the rest is as if it were right. */
  readonly only?: ReadonlySet<string>;
  /** Their hooks run again though the tree is right. */
  readonly redeploy?: ReadonlySet<string>;
  readonly parked?: readonly ParkedTarget[];
  /** What becomes of foreign directories that the catalog does not want; `keep` by default. */
  readonly foreign?: 'keep' | 'prune';
}
