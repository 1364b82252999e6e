import type { PackageManifest } from '@muster/contracts';

/** A point in the catalog's history. Revision 0 with the empty chain is the empty catalog. */
export interface RevisionRef {
  readonly catalogId: string;
  readonly revision: number;
  readonly chain: string;
}

/** One extension that every node is to have. */
export interface WantedExtension {
  readonly name: string;
  readonly version: string;
  /** sha256 of the zip. */
  readonly sha256: string;
  /** The tree digest that its directory must have, `.chk` included. */
  readonly treeDigest: string;
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
  /** The revision that last changed it. */
  readonly revision: number;
  /** Names of the extensions that it needs; they are installed before it and removed after it. */
  readonly dependsOn: readonly string[];
  /**
   * Names of other extensions that brought one of its entities before, present or not: where such a one still stands, it
   * gives the entity up (by its removal, or by a version without it) before this one comes. Absent: nobody did.
   */
  readonly succeeds?: readonly string[];
  /** Of the import that brought it (W3C trace context); for the log and for traces only. */
  readonly traceparent?: string;
}

/** What a catalog wants on every node, as one consistent snapshot. */
export interface WantedState extends RevisionRef {
  readonly extensions: readonly WantedExtension[];
}

/** Reads the catalog. Every call may throw when the catalog is away; nothing is changed then. */
export interface CatalogReader {
  /** The head; cheap enough for every look. */
  head(): Promise<RevisionRef>;
  /** The wanted state at head, read in one snapshot. */
  wanted(): Promise<WantedState>;
  /** The chain of an earlier revision; undefined where this catalog does not have it. 0 gives the empty chain. */
  chainAt(revision: number): Promise<string | undefined>;
  /** The file manifest of a package, by its zip's sha256; undefined where the catalog does not have it. */
  manifest(sha256: string): Promise<PackageManifest | undefined>;
}

/** Somewhere that packages can be had from. It is believed nothing: the receiver compares the sha256. */
export interface PackageSource {
  /** For messages: `catalog`, `cache`, `http://…`. */
  readonly name: string;
  /** Writes the zip's bytes to the file; false where this source does not have the package. */
  fetch(sha256: string, file: string, signal: AbortSignal): Promise<boolean>;
}

export type HookAction = 'deploy' | 'undeploy';

export interface HookContext {
  readonly action: HookAction;
  readonly extension: string;
  readonly version: string;
  /** Absolute path of the extension's directory. */
  readonly path: string;
  readonly revision: number;
  readonly node: string;
}

/** How a hook ended. A failure is a value: it is expected. */
export type HookResult =
  | { readonly ok: true; readonly durationMs: number }
  | {
      readonly ok: false;
      readonly code: 'hook-failed' | 'hook-timeout' | 'hook-not-started';
      /** For people, e.g. `the deploy hook exited 3: "licence missing"`. */
      readonly detail: string;
      readonly durationMs: number;
    };

/**
 * Tells the application server that an extension came or goes. Runs at least once for every change, so it must be
 * idempotent. `lockFd` is the descriptor that holds the storage's lock: whoever runs the hook keeps it open until the hook
 * has ended, so that the lock outlives a killed parent.
 */
export interface DeployHook {
  run(context: HookContext, lockFd: number): Promise<HookResult>;
}
