import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { packageTreeDigest, sha256Hex } from '@muster/contracts';
import type { Dependency, PackageEntity } from '@muster/contracts';
import type {
  Catalog,
  Committed,
  CommitResult,
  DraftChange,
  DraftInstall,
  NewPackage,
  RevisionDraft,
} from '../index.js';

export interface PackageWish {
  readonly name: string;
  readonly version?: string;
  readonly entities?: readonly PackageEntity[];
  readonly dependsOn?: readonly Dependency[];
  readonly bytes?: Buffer;
}

/** A package as an importer would hand it over, its bytes stored as a blob. They need not be a zip: the catalog never looks. */
export async function storedPackage(catalog: Catalog, wish: PackageWish): Promise<NewPackage> {
  const { blob, sha256, sizeBytes } = await catalog.blobs.write(Readable.from([wish.bytes ?? randomBytes(300)]));
  return { ...describedPackage(wish, sha256, sizeBytes), blob };
}

/** A package without its bytes. */
export function describedPackage(wish: PackageWish, sha256: string, sizeBytes = 300): NewPackage {
  const { name, version = '1.0.0', entities = [], dependsOn = [] } = wish;
  const manifest = { files: [{ path: 'metadata.xml', size: 3, sha256: sha256Hex('abc') }], directories: [] };
  return {
    sha256,
    sizeBytes,
    unpackedBytes: 3,
    metadata: { name, version, entities: [...entities], dependsOn: [...dependsOn], fileResources: [], vendor: 'Acme' },
    manifest,
    treeDigest: packageTreeDigest(name, sha256, manifest),
  };
}

export function install(one: NewPackage): DraftInstall {
  return { action: 'install', package: one, expected: null };
}

export function upgrade(one: NewPackage, from: NewPackage): DraftInstall {
  return { action: 'upgrade', package: one, expected: from.sha256 };
}

export function remove(one: NewPackage): DraftChange {
  return { action: 'remove', extension: one.metadata.name, expected: one.sha256 };
}

export function draftOf(...changes: DraftChange[]): RevisionDraft {
  return { importId: randomUUID(), actor: 'a test', changes };
}

export function commit(catalog: Catalog, ...changes: DraftChange[]): Promise<CommitResult> {
  return catalog.revisions.commit(draftOf(...changes));
}

export async function committed(catalog: Catalog, ...changes: DraftChange[]): Promise<Committed> {
  const result = await commit(catalog, ...changes);
  if (!result.ok) throw new Error(`refused: ${result.code}: ${result.detail}`);
  return result;
}

/** Installs a package that has only a name, and returns it. */
export async function installed(catalog: Catalog, wish: PackageWish): Promise<NewPackage> {
  const one = await storedPackage(catalog, wish);
  await committed(catalog, install(one));
  return one;
}

export const SCALE = Number(process.env['MUSTER_TEST_SCALE'] ?? 1);
