import type { PackageManifest, PackageMetadata } from '@muster/contracts';
import type { Queryable } from './database.js';

export interface StoredPackage {
  readonly sha256: string;
  readonly name: string;
  readonly version: string;
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
  readonly metadata: PackageMetadata;
  readonly manifest: PackageManifest;
  readonly treeDigest: string;
  /** Whether the zip's bytes are still there: history outlives them. */
  readonly hasZip: boolean;
  /** RFC 3339. */
  readonly createdAt: string;
}

const COLUMNS = `sha256, name, version, size_bytes as "sizeBytes", unpacked_bytes as "unpackedBytes", metadata, manifest,
  tree_digest as "treeDigest", blob is not null as "hasZip", created_at as "createdAt"`;

type PackageRow = Omit<StoredPackage, 'createdAt'> & { createdAt: Date };

/** Packages by their zip's sha256: immutable, and kept as history after their zip was collected. */
export class PackageStore {
  constructor(private readonly database: Queryable) {}

  async find(sha256: string): Promise<StoredPackage | undefined> {
    const [row] = await this.database.query<PackageRow>(`select ${COLUMNS} from package where sha256 = $1`, [sha256]);
    return row && { ...row, createdAt: row.createdAt.toISOString() };
  }

  /** Every package that an extension of this name ever had, the newest first. */
  async ofExtension(name: string): Promise<StoredPackage[]> {
    const rows = await this.database.query<PackageRow>(
      `select ${COLUMNS} from package where name = $1 order by created_at desc, sha256`,
      [name],
    );
    return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
  }

  async manifest(sha256: string): Promise<PackageManifest | undefined> {
    const [row] = await this.database.query<{ manifest: PackageManifest }>(
      'select manifest from package where sha256 = $1',
      [sha256],
    );
    return row?.manifest;
  }
}
