import type { StorageLock, HeldLock } from './lock/storage-lock.js';
import type { LocalState } from './tree/local-state.js';
import type { CatalogReader, PackageSource, RevisionRef } from './ports.js';

export interface StorageOptions {
  /** Absolute path of the node's storage; made where it is missing. */
  readonly storage: string;
  readonly node: string;
  /** Name of the service that opens it, for messages. */
  readonly service: string;
  /** New with every start; made up when absent. */
  readonly instance?: string;
  readonly lockTimeoutMs?: number;
  readonly packageCacheBytes?: number;
}

/** `.muster/cluster.json`. */
export interface ClusterRecord {
  readonly storageId: string;
  readonly node: string;
  /** The catalog that this storage follows and the revision last applied from it; absent before the first. */
  readonly applied?: RevisionRef;
}

export interface StagingDirectory {
  /** Absolute, empty, on the storage's own file system. */
  readonly path: string;
  remove(): Promise<void>;
}

/** Where a node's storage knows a history that the catalog does not have. */
export interface Fork {
  readonly detail: string;
  readonly known: RevisionRef;
}

export declare class NodeStorage {
  static open(options: StorageOptions): Promise<NodeStorage>;
  readonly path: string;
  readonly extensionsPath: string;
  readonly node: string;
  readonly service: string;
  readonly instance: string;
  readonly storageId: string;
  readonly lock: StorageLock;
  /** The bounded cache of zips, as a package source. */
  readonly packages: PackageSource;
  readonly staging: { create(): Promise<StagingDirectory> };
  cluster(): ClusterRecord;
  /** Held until `close` (or death): a second agent on this storage is refused with `agent-running`. */
  acquireAgentLock(): Promise<void>;
  /** Removes staging and trash of processes that live no longer. Returns what went. */
  clean(): Promise<readonly string[]>;
  /** What stands on disk, by digest. `full` hashes every file, whatever the stat-cache says. Reads only; make proofs under the lock. */
  inspect(options?: {
    readonly full?: boolean;
    readonly only?: ReadonlySet<string>;
    readonly signal?: AbortSignal;
  }): Promise<LocalState>;
  /** Whether this storage knows a history that the catalog lacks. `thorough` asks for every mark, else for the latest only. */
  findFork(
    catalog: Pick<CatalogReader, 'head' | 'chainAt'>,
    options?: { readonly thorough?: boolean },
  ): Promise<Fork | undefined>;
  /** Records the revision last applied. */
  recordApplied(held: HeldLock, ref: RevisionRef): Promise<void>;
  /** An operator accepts this catalog: marks and record are rewritten to its head. */
  acceptCatalog(held: HeldLock, head: RevisionRef): Promise<void>;
  /** Gives back the agent's lock and this instance's staging and trash. */
  close(): Promise<void>;
}
