import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { nodeIdSchema, revisionSchema, sha256Schema } from '@muster/contracts';
import { createDurably, writeDurably } from './disk/durable.js';
import type { RevisionRef } from './ports.js';
import { StorageError } from './storage-error.js';

export interface ClusterFileOptions {
  readonly node: string;
  /** Where new contents are written first. */
  readonly temporary: string;
  /** Whether nothing was ever put into this storage and nobody else has it open. */
  readonly isUnused: () => Promise<boolean>;
}

/** `.muster/cluster.json`: whose storage this is, and how far it came. */
export interface ClusterRecord {
  readonly storageId: string;
  readonly node: string;
  /** The catalog that this storage follows and the revision last applied from it; absent before the first. */
  readonly applied?: RevisionRef;
}

export class ClusterFile {
  private constructor(
    private readonly file: string,
    private readonly temporary: string,
    readonly first: ClusterRecord,
    /** The node that it belonged to before this opening. */
    readonly takenOverFrom: string | undefined,
  ) {}

  /**
   * Makes it where it is missing, once, whoever is first. One of another node is refused with `storage-foreign-node`, but for
   * a storage that was never used: it was opened under a wrong id, which has been corrected since.
   */
  static async open(file: string, { node, temporary, isUnused }: ClusterFileOptions): Promise<ClusterFile> {
    if (!nodeIdSchema.safeParse(node).success) {
      throw new StorageError('name-invalid', `${JSON.stringify(node)} cannot be the id of a node`, {
        remedy: 'letters, digits, ".", "_" and "-", at most 63 characters',
      });
    }
    if (!existsSync(file)) await createDurably(file, format({ storageId: randomUUID(), node }), temporary);
    const record = await readRecord(file);
    if (record.node === node) return new ClusterFile(file, temporary, record, undefined);
    if (record.applied !== undefined || !(await isUnused())) throw foreign(file, record.node, node);
    const taken = { storageId: randomUUID(), node };
    await writeDurably(file, format(taken), temporary);
    return new ClusterFile(file, temporary, taken, record.node);
  }

  /** Read from the file each time: the other service of this node may have written it. */
  read(): Promise<ClusterRecord> {
    return readRecord(this.file);
  }

  async recordApplied(ref: RevisionRef): Promise<void> {
    const record = await this.read();
    const { catalogId, revision, chain } = ref;
    const { applied } = record;
    if (applied?.catalogId === catalogId && applied.revision === revision && applied.chain === chain) return;
    await writeDurably(this.file, format({ ...record, applied: { catalogId, revision, chain } }), this.temporary);
  }
}

function foreign(file: string, owner: string, node: string): StorageError {
  const remedy =
    `give each node a MUSTER_STORAGE of its own; if this one is to be that of ${node}, and its extensions directory is empty, ` +
    `stop what runs on it and remove ${file}`;
  const detail = `the storage of ${file} belongs to node ${owner}, and was opened as node ${node}`;
  return new StorageError('storage-foreign-node', detail, { limit: owner, actual: node, remedy });
}

function format(record: ClusterRecord): string {
  return `${JSON.stringify(record, undefined, 1)}\n`;
}

async function readRecord(file: string): Promise<ClusterRecord> {
  const text = await readFile(file, 'utf8');
  try {
    const record = JSON.parse(text) as ClusterRecord;
    const { applied } = record;
    if (typeof record.storageId !== 'string') throw new Error('it has no storage id');
    nodeIdSchema.parse(record.node);
    if (applied !== undefined) {
      if (typeof applied.catalogId !== 'string') throw new Error('it names no catalog');
      revisionSchema.parse(applied.revision);
      sha256Schema.parse(applied.chain);
    }
    return record;
  } catch (error) {
    throw new StorageError('storage-corrupt', `${file} cannot be understood`, {
      cause: error,
      remedy: 'remove the file; the storage gets a new id, and its marks still tell which history it knows',
    });
  }
}
