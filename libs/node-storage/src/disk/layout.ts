import { isAbsolute, join } from 'node:path';
import { isExtensionName } from '@muster/contracts';
import { StorageError } from '../storage-error.js';

/** Begins the names that only the file system check uses under `extensions/`. */
export const CHECK_PREFIX = '.muster-check-';

/** The paths of one node's storage. */
export class Layout {
  readonly extensions: string;
  readonly muster: string;
  readonly cluster: string;
  readonly agentLock: string;
  readonly lock: string;
  readonly deployed: string;
  readonly staging: string;
  readonly trash: string;
  readonly statCache: string;
  readonly packages: string;
  readonly replay: string;

  constructor(readonly root: string) {
    if (!isAbsolute(root)) {
      throw new StorageError('storage-unusable', `the storage's path is not absolute: ${root}`, {
        remedy: 'set MUSTER_STORAGE to an absolute path',
      });
    }
    this.extensions = join(root, 'extensions');
    this.muster = join(root, '.muster');
    this.cluster = join(this.muster, 'cluster.json');
    this.agentLock = join(this.muster, 'agent.lock');
    this.lock = join(this.muster, 'lock');
    this.deployed = join(this.muster, 'deployed');
    this.staging = join(this.muster, 'staging');
    this.trash = join(this.muster, 'trash');
    this.statCache = join(this.muster, 'stat-cache');
    this.packages = join(this.muster, 'packages');
    this.replay = join(this.muster, 'replay');
  }

  get directories(): readonly string[] {
    return [this.extensions, this.muster, this.deployed, this.staging, this.trash, this.packages];
  }

  /** Names come from strangers: they are checked before they become a path. */
  extension(name: string): string {
    return join(this.extensions, checkedName(name));
  }

  mark(name: string): string {
    return join(this.deployed, checkedName(name));
  }
}

function checkedName(name: string): string {
  if (isExtensionName(name)) return name;
  throw new StorageError('name-invalid', `${JSON.stringify(name)} cannot be the name of an extension`, {
    remedy: 'letters, digits, blank, "_", "." and "-", beginning with a letter or digit',
  });
}
