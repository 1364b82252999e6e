import type { ExtensionState } from '@muster/contracts';
import type { PackageContents, PackageReader } from '@muster/extension-package';
import type { ApplyLimits } from './limits.js';
import type { HeldLock } from '../lock/storage-lock.js';
import type { NodeStorage } from '../node-storage.js';
import type { HeldBack, ParkedTarget, Step, StepKind } from '../plan/step.js';
import type { CatalogReader, DeployHook, PackageSource, RevisionRef, WantedState } from '../ports.js';
import type { DeployTurns, TurnWait } from '../turn.js';
import type { StagedShelf } from './staged-shelf.js';

/** A tree that the caller has extracted into a directory of `storage.staging.create()`, without `.chk`. */
export interface StagedPackage {
  /** sha256 of the zip: the tree is used for whichever wanted extension has it. */
  readonly sha256: string;
  readonly directory: string;
  readonly contents: Pick<PackageContents, 'manifest'>;
}

/** For the agent: what fails is put back and stands aside, everything else goes on. */
export interface ParkPolicy {
  readonly kind: 'park';
  /** What failed before and is not due: held back with its dependants. A different target is tried at once. */
  readonly parked?: readonly ParkedTarget[];
}

/** `committed` names the new revision; `outcome-unknown` keeps the tree for the agent to settle. */
export type CommitOutcome =
  { readonly kind: 'committed'; readonly ref: RevisionRef } | { readonly kind: 'outcome-unknown' };

/** For an import: what fails is undone, in reverse, and thrown as `ApplyFailed`. */
export interface BackOutPolicy {
  readonly kind: 'back-out';
  /** The number that the revision will probably get: what hooks are told. */
  readonly expectedRevision: number;
  /** Commits the change; it throws where the catalog certainly does not have it. */
  readonly commit: () => Promise<CommitOutcome>;
}

export type ApplyPolicy = ParkPolicy | BackOutPolicy;

/** What one extension does right now, in the words of `EXTENSION_STATES`. */
export interface ApplyProgress {
  readonly extension: string;
  readonly state: Extract<
    ExtensionState,
    'queued' | 'fetching' | 'verifying' | 'staging' | 'installing' | 'deploying' | 'removing' | 'parked' | 'in-sync'
  >;
  readonly detail?: string;
}

/** What fetching and staging packages needs. */
export interface StagingOptions {
  readonly storage: NodeStorage;
  /** The storage's lock: wanted and local state are to be read after it was granted. */
  readonly held: HeldLock;
  readonly catalog: Pick<CatalogReader, 'manifest'>;
  /** Asked in order; the storage's own package cache is asked first without being named here. */
  readonly sources: readonly PackageSource[];
  readonly reader: Pick<PackageReader, 'extract'>;
  /** Trees that stand staged already; it keeps what is staged while the turn is waited for. */
  readonly shelf?: StagedShelf;
  readonly staged?: readonly StagedPackage[];
  readonly observe?: (progress: ApplyProgress) => void;
  /** Stops before the next package, switch or hook; what was switched and has not been deployed is put back. */
  readonly signal?: AbortSignal;
  readonly limits?: Partial<ApplyLimits>;
}

export interface ApplyOptions extends StagingOptions {
  /** For an import: the head plus its own changes, with the head's revision and chain. */
  readonly wanted: WantedState;
  readonly hook: DeployHook;
  /** Absent: there is no hook, or no other node to wait for. */
  readonly turns?: DeployTurns;
  readonly policy: ApplyPolicy;
  /** Only these extensions are touched; an import names those that it changes. */
  readonly only?: ReadonlySet<string>;
  /** Hooks of these run again. */
  readonly redeploy?: ReadonlySet<string>;
  /** The order on whose behalf this is done: what is brought names it in its mark. */
  readonly order?: string;
  readonly foreign?: 'keep' | 'prune';
  /** Told of the extensions that are being switched together, and without them when that is over. */
  readonly observeUnit?: (extensions: readonly string[] | undefined) => void;
}

export interface AppliedStep {
  readonly name: string;
  readonly kind: StepKind;
  readonly why: string;
}

/** A change that failed and was put back. */
export interface ParkedExtension extends ParkedTarget {
  readonly kind: StepKind;
  /** The step of the change that failed: `fetch`, `stage`, `sync`, `mark`, `switch`, `hook` … */
  readonly step: string;
  readonly code: string;
  readonly detail: string;
  /** What was undone, in order, in plain words. */
  readonly undone: readonly string[];
}

/** A step that must wait for other nodes; nothing of it was switched. */
export interface WaitingStep {
  readonly step: Step;
  readonly wait: TurnWait;
}

export interface ApplyResult {
  readonly outcome: 'applied' | 'committed' | 'outcome-unknown';
  /** The revision that the commit made. */
  readonly ref?: RevisionRef;
  readonly applied: readonly AppliedStep[];
  readonly parked: readonly ParkedExtension[];
  readonly held: readonly HeldBack[];
  /** What waits for its turn, or for what has failed on another node. Steps behind the first that waits were not begun. */
  readonly waiting: readonly WaitingStep[];
  readonly foreign: readonly string[];
  /** Zip bytes that came from outside, and were what was asked for. */
  readonly fetchedBytes: number;
  /** What went wrong after the commit, and does not change its outcome: the next apply puts it right. */
  readonly warnings: readonly string[];
}
