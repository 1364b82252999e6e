import { EMPTY_CHAIN } from '@muster/contracts';
import type { Dependency } from '@muster/contracts';
import type { Queryable } from './database.js';

/** The head. Revision 0 with the empty chain is the empty catalog. */
export interface CatalogHead {
  readonly catalogId: string;
  readonly revision: number;
  readonly chain: string;
  /** Of the whole wanted state; that of nothing before the first revision. */
  readonly rootDigest: string;
}

export interface CatalogWantedExtension {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly treeDigest: string;
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
  readonly revision: number;
  /** Names of those that it needs and that are present. */
  readonly dependsOn: readonly string[];
  /** Names of other extensions, present or not, of which a package brought one of its entities before; sorted. */
  readonly succeeds: readonly string[];
  /** Of the import that brought it (W3C trace context); absent where it had none. */
  readonly traceparent?: string;
}

export interface CatalogWanted extends CatalogHead {
  /** Sorted by name. */
  readonly extensions: readonly CatalogWantedExtension[];
}

interface HeadRow {
  catalogId: string;
  revision: number;
  chain: string | null;
  rootDigest: string | null;
}

interface WantedRow extends HeadRow {
  name: string | null;
  version: string;
  sha256: string;
  treeDigest: string;
  sizeBytes: number;
  unpackedBytes: number;
  changedIn: number;
  dependsOn: Dependency[];
  succeeds: string[];
  traceparent: string | null;
}

/** sha256 of nothing: the root digest of the empty catalog. */
const EMPTY_ROOT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const HEAD = `
  from catalog c
  left join lateral (select number, chain, root_digest from revision order by number desc limit 1) h on true`;

const HEAD_COLUMNS = `c.id as "catalogId", coalesce(h.number, 0) as revision, h.chain, h.root_digest as "rootDigest"`;

/** What every node is to have: one statement each, so one snapshot each. */
export class WantedStore {
  constructor(private readonly database: Queryable) {}

  async head(): Promise<CatalogHead> {
    const [row] = await this.database.query<HeadRow>(`select ${HEAD_COLUMNS} ${HEAD}`);
    return asHead(row);
  }

  async wanted(): Promise<CatalogWanted> {
    const rows = await this.database.query<WantedRow>(
      `select ${HEAD_COLUMNS}, e.name, p.version, p.sha256, p.tree_digest as "treeDigest", p.size_bytes as "sizeBytes",
         p.unpacked_bytes as "unpackedBytes", e.revision as "changedIn", p.depends_on as "dependsOn",
         e.succeeds, r.traceparent
       ${HEAD}
       left join (extension e join package p on p.sha256 = e.sha256 join revision r on r.number = e.revision) on true
       order by e.name collate "C"`,
    );
    const present = new Set(rows.map((row) => row.name));
    const extensions = rows.flatMap((row) => asExtension(row, present) ?? []);
    return { ...asHead(rows[0]), extensions };
  }
}

function asHead(row: HeadRow | undefined): CatalogHead {
  if (row === undefined) throw new Error('the table catalog has lost its row');
  const { catalogId, revision, chain, rootDigest } = row;
  return { catalogId, revision, chain: chain ?? EMPTY_CHAIN, rootDigest: rootDigest ?? EMPTY_ROOT };
}

/** The empty catalog is one row without an extension. */
function asExtension(row: WantedRow, present: ReadonlySet<string | null>): CatalogWantedExtension | undefined {
  const { name, version, sha256, treeDigest, sizeBytes, unpackedBytes, changedIn, succeeds, traceparent } = row;
  if (name === null) return undefined;
  const dependsOn = row.dependsOn.map((dependency) => dependency.name).filter((needed) => present.has(needed));
  const trace = traceparent === null ? {} : { traceparent };
  return {
    name,
    version,
    sha256,
    treeDigest,
    sizeBytes,
    unpackedBytes,
    revision: changedIn,
    dependsOn,
    succeeds,
    ...trace,
  };
}
