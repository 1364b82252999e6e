import type { WantedExtension } from '../ports.js';
import type { LocalExtension } from '../tree/local-state.js';

interface StepBase {
  readonly name: string;
  /** In plain words. */
  readonly why: string;
  /** Names of other steps of this plan that must have been taken first; when one fails, this one is held back. */
  readonly after: readonly string[];
}

/**
 * One thing to do, on one extension:
 * `install` nothing stands there; `replace` something else does (older, drifted, foreign); `adopt` an equal tree does,
 * unmarked; `redeploy` the right tree stands there, its hook is to run; `remove` it is not wanted.
 */
export type Step =
  | (StepBase & { readonly kind: 'install'; readonly wanted: WantedExtension; readonly local?: LocalExtension })
  | (StepBase & {
      readonly kind: 'replace' | 'adopt' | 'redeploy';
      readonly wanted: WantedExtension;
      readonly local: LocalExtension;
    })
  | (StepBase & { readonly kind: 'remove'; readonly local: LocalExtension });

export type StepKind = Step['kind'];

/** A step that must not be taken now. */
export interface HeldBack {
  readonly step: Step;
  /** The parked extension that it stands behind; its own name where it is parked itself. */
  readonly waitsFor: string;
}

/** What must be done to make a node match, in order, and what stands aside. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly held: readonly HeldBack[];
  /** Names under `extensions/` that Muster did not put there and leaves alone. */
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

/** The zip that a step brings; undefined for a removal. */
export function targetOf(step: Step): string | undefined {
  return step.kind === 'remove' ? undefined : step.wanted.sha256;
}
