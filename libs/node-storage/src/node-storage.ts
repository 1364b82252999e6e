import { randomUUID } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MusterError } from '@muster/contracts';
import { ClusterFile, type ClusterRecord } from './cluster-file.js';
import { DeployedMarks } from './deployed-marks.js';
import { checkFileSystem, refusePlatform, removeCheckRemains } from './disk/file-system-check.js';
import { isDiskFull, isMissing, messageOf, toMusterError } from './disk/failure.js';
import { InstanceDirectory } from './disk/instance-directory.js';
import { CHECK_PREFIX, Layout } from './disk/layout.js';
import { removeTree } from './disk/remove-tree.js';
import { findFork, historyOf, type Fork } from './fork.js';
import { AgentLock } from './lock/agent-lock.js';
import { StorageLock, type HeldLock } from './lock/storage-lock.js';
import { PackageCache } from './package-cache.js';
import type { CatalogReader, RevisionRef } from './ports.js';
import { ReplayNoteFile } from './replay-note.js';
import { StorageError } from './storage-error.js';
import { inspect, type InspectOptions } from './tree/inspect.js';
import type { LocalState } from './tree/local-state.js';
import { StatCache } from './tree/stat-cache.js';
import { isUnused } from './unused.js';

export interface StorageOptions {
  /** Absolute path of the node's storage; made where it is missing. */
  readonly storage: string;
  readonly node: string;
  /** Name of the service that opens it, for messages. */
  readonly service: string;
  /** New with every start; made up when absent. */
  readonly instance?: string;
  /** Longest wait for the storage's lock; 60 s by default. */
  readonly lockTimeoutMs?: number;
  /** Bound of the cache of zips; 1 GiB by default. */
  readonly packageCacheBytes?: number;
}

export interface StagingDirectory {
  /** Absolute, empty, on the storage's own file system. */
  readonly path: string;
  remove(): Promise<void>;
}

/** One node's storage, opened by one process. */
export class NodeStorage {
  readonly instance: string;
  readonly storageId: string;
  readonly lock: StorageLock;
  readonly marks: DeployedMarks;
  /** The bounded cache of zips, as a package source. */
  readonly packages: PackageCache;
  /** How far the replay under way has come. */
  readonly replayNote: ReplayNoteFile;
  readonly staging = { create: (): Promise<StagingDirectory> => this.createStaging() };
  private agentLock: AgentLock | undefined;
  private statCache: Promise<StatCache> | undefined;

  private constructor(
    readonly layout: Layout,
    private readonly options: StorageOptions,
    readonly stagingArea: InstanceDirectory,
    readonly trash: InstanceDirectory,
    private readonly clusterFile: ClusterFile,
  ) {
    const { node, service } = options;
    this.instance = instanceOf(stagingArea);
    this.storageId = clusterFile.first.storageId;
    this.lock = new StorageLock(layout.lock, { node, service }, options.lockTimeoutMs ?? 60_000);
    this.marks = new DeployedMarks(layout, stagingArea.path);
    this.replayNote = new ReplayNoteFile(layout.replay, stagingArea.path);
    this.packages = new PackageCache(layout.packages, options.packageCacheBytes ?? 1024 ** 3);
  }

  /**
   * Throws `platform-unsupported`, `file-system-unsupported`, `storage-foreign-node`, `storage-corrupt`, `storage-unusable`, `disk-full`.
   * What dead processes left in staging and trash is removed.
   */
  static async open(options: StorageOptions): Promise<NodeStorage> {
    refusePlatform(process.platform);
    const layout = new Layout(options.storage);
    try {
      return await NodeStorage.openAt(layout, options);
    } catch (error) {
      if (error instanceof MusterError || isDiskFull(error)) throw toMusterError(error, `opening ${layout.root}`);
      throw new StorageError('storage-unusable', `the storage ${layout.root} cannot be used: ${messageOf(error)}`, {
        cause: error,
        remedy: 'the service needs a directory that it may read and write',
      });
    }
  }

  private static async openAt(layout: Layout, options: StorageOptions): Promise<NodeStorage> {
    for (const directory of layout.directories) await mkdir(directory, { recursive: true });
    const instance = options.instance ?? randomUUID();
    const staging = await InstanceDirectory.create(layout.staging, instance);
    let trash: InstanceDirectory | undefined;
    try {
      trash = await InstanceDirectory.create(layout.trash, instance);
      await checkFileSystem(layout, staging.path, instance);
      const clusterFile = await ClusterFile.open(layout.cluster, {
        node: options.node,
        temporary: staging.path,
        isUnused: () => isUnused(layout, instance),
      });
      const storage = new NodeStorage(layout, options, staging, trash, clusterFile);
      await storage.clean();
      return storage;
    } catch (error) {
      await trash?.close();
      await staging.close();
      throw error;
    }
  }

  get path(): string {
    return this.layout.root;
  }

  get extensionsPath(): string {
    return this.layout.extensions;
  }

  get node(): string {
    return this.options.node;
  }

  get service(): string {
    return this.options.service;
  }

  /** The node whose id stood on this storage, which was never used, before this opening; for a line in the log. */
  get takenOverFrom(): string | undefined {
    return this.clusterFile.takenOverFrom;
  }

  cluster(): Promise<ClusterRecord> {
    return this.clusterFile.read();
  }

  /** Held until `close` (or death): a second agent on this storage is refused with `agent-running`. */
  async acquireAgentLock(): Promise<void> {
    const { node, service } = this.options;
    this.agentLock ??= await AgentLock.acquire(this.layout.agentLock, { node, service });
  }

  /** Removes staging and trash of processes that live no longer; returns their instance ids. */
  async clean(): Promise<readonly string[]> {
    const gone = new Set([
      ...(await InstanceDirectory.clean(this.layout.staging)),
      ...(await InstanceDirectory.clean(this.layout.trash)),
    ]);
    for (const instance of gone) await removeCheckRemains(this.layout, instance);
    return [...gone].sort();
  }

  /** What stands on disk, by digest. Reads only; a proof is made from it under the lock. */
  async inspect(options: InspectOptions = {}): Promise<LocalState> {
    this.statCache ??= StatCache.load(this.layout.statCache);
    const cache = await this.statCache;
    await this.restoreExtensions();
    const local = await inspect(this.layout, this.marks, cache, options);
    await cache.save(join(this.stagingArea.path, `${randomUUID()}.stat-cache`));
    return local;
  }

  /** Somebody may remove `extensions/` under us: then all of it is missing, and comes back. Not so where the storage is gone. */
  private async restoreExtensions(): Promise<void> {
    const { root, extensions, cluster } = this.layout;
    try {
      if (!(await exists(extensions)) && (await exists(cluster))) await mkdir(extensions);
      if (await exists(extensions)) return;
    } catch (error) {
      throw toMusterError(error, `looking at ${root}`);
    }
    throw new StorageError('storage-unusable', `the storage ${root} is gone: neither extensions nor .muster is in it`, {
      remedy: 'mount it again; where its content is lost, start the service again, and it is filled from the catalog',
    });
  }

  /** Whether the stat-cache knows anything: what it does not know is hashed, whatever is asked for. */
  async vouches(): Promise<boolean> {
    this.statCache ??= StatCache.load(this.layout.statCache);
    return !(await this.statCache).isEmpty;
  }

  /** Every name that stands under `extensions/`. */
  async names(): Promise<string[]> {
    return (await readdir(this.layout.extensions)).filter((name) => !name.startsWith(CHECK_PREFIX));
  }

  /** Whether this storage knows a history that the catalog lacks. `thorough` asks for every mark, else for the latest only. */
  async findFork(
    catalog: Pick<CatalogReader, 'head' | 'chainAt'>,
    options: { readonly thorough?: boolean } = {},
  ): Promise<Fork | undefined> {
    const { applied } = await this.cluster();
    const known = historyOf(applied, (await this.marks.readAll()).values());
    return await findFork(known, catalog, options.thorough ?? false);
  }

  /** Records the revision last applied: a hint, and what tells a fork. */
  async recordApplied(held: HeldLock, ref: RevisionRef): Promise<void> {
    held.assertHeld();
    await this.clusterFile.recordApplied(ref);
  }

  /** An operator accepts this catalog: marks and record are rewritten to its head. */
  async acceptCatalog(held: HeldLock, head: RevisionRef): Promise<void> {
    held.assertHeld();
    const { catalogId, revision, chain } = head;
    for (const mark of (await this.marks.readAll()).values())
      await this.marks.write({ ...mark, catalogId, revision, chain });
    await this.clusterFile.recordApplied(head);
  }

  /** Gives back the agent's lock and this instance's staging and trash. */
  async close(): Promise<void> {
    this.agentLock?.release();
    this.agentLock = undefined;
    await this.trash.close();
    await this.stagingArea.close();
  }

  private async createStaging(): Promise<StagingDirectory> {
    const path = join(this.stagingArea.path, randomUUID());
    await mkdir(path);
    return { path, remove: () => removeTree(path) };
  }
}

function instanceOf(directory: InstanceDirectory): string {
  return directory.path.slice(directory.path.lastIndexOf('/') + 1);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
}
