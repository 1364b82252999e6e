import type { PackageManifest } from '@muster/contracts';
import { AuditStore } from './audit.store.js';
import { BlobStore } from './blob.store.js';
import { ChangeLogStore } from './change-log.store.js';
import { Database } from './database.js';
import type { DatabaseOptions } from './database.js';
import { EntityStore } from './entity.store.js';
import { ExtensionStore } from './extension.store.js';
import { FreezeStore } from './freeze.store.js';
import { NodeActionStore } from './node-action.store.js';
import { NodeRefusalStore } from './node-refusal.store.js';
import { NodeStore } from './node.store.js';
import { OldRecordsStore } from './old-records.store.js';
import { OrderStore } from './order.store.js';
import { OutboxStore } from './outbox.store.js';
import { PackageStore } from './package.store.js';
import { ProposalStore } from './proposal/proposal.store.js';
import { ReplayStore } from './replay.store.js';
import { RevisionStore } from './revision.store.js';
import { checkSchema } from './schema.js';
import { TurnStore } from './turn/turn.store.js';
import { TurnWakes } from './turn/turn-wakes.js';
import { VersionStore } from './version.store.js';
import { WantedStore } from './wanted.store.js';
import type { CatalogHead, CatalogWanted } from './wanted.store.js';

/** The cluster's truth in PostgreSQL, as narrow stores over one pool. It satisfies node-storage's `CatalogReader`. */
export class Catalog {
  readonly blobs: BlobStore;
  readonly packages: PackageStore;
  readonly extensions: ExtensionStore;
  readonly versions: VersionStore;
  readonly entities: EntityStore;
  readonly revisions: RevisionStore;
  readonly freeze: FreezeStore;
  readonly nodes: NodeStore;
  readonly nodeActions: NodeActionStore;
  readonly nodeRefusals: NodeRefusalStore;
  readonly orders: OrderStore;
  readonly proposals: ProposalStore;
  readonly replays: ReplayStore;
  readonly outbox: OutboxStore;
  readonly audit: AuditStore;
  readonly changeLog: ChangeLogStore;
  readonly oldRecords: OldRecordsStore;
  readonly turns: TurnStore;
  private readonly wantedStore: WantedStore;

  private constructor(private readonly database: Database) {
    this.blobs = new BlobStore(database);
    this.packages = new PackageStore(database);
    this.extensions = new ExtensionStore(database);
    this.versions = new VersionStore(database);
    this.entities = new EntityStore(database);
    this.revisions = new RevisionStore(database);
    this.freeze = new FreezeStore(database);
    this.nodes = new NodeStore(database);
    this.nodeActions = new NodeActionStore(database);
    this.nodeRefusals = new NodeRefusalStore(database);
    this.orders = new OrderStore(database);
    this.proposals = new ProposalStore(database);
    this.replays = new ReplayStore(database);
    this.outbox = new OutboxStore(database);
    this.audit = new AuditStore(database);
    this.changeLog = new ChangeLogStore(database);
    this.oldRecords = new OldRecordsStore(database);
    this.turns = new TurnStore(database);
    this.wantedStore = new WantedStore(database);
  }

  /** Makes the pool; connects only when asked something. Call `checkSchema` before anything else. */
  static connect(options: DatabaseOptions): Catalog {
    return new Catalog(new Database(options));
  }

  /** Throws `schema-outdated`, `schema-too-new` or `database-away`. */
  checkSchema(): Promise<void> {
    return checkSchema(this.database);
  }

  /** Throws `database-away` where the database does not answer. */
  async ping(): Promise<void> {
    await this.database.query('select 1');
  }

  head(): Promise<CatalogHead> {
    return this.wantedStore.head();
  }

  wanted(): Promise<CatalogWanted> {
    return this.wantedStore.wanted();
  }

  /** The chain of a revision; undefined where this catalog does not have it. 0 gives the empty chain. */
  chainAt(revision: number): Promise<string | undefined> {
    return this.revisions.chainAt(revision);
  }

  /** The file manifest of a package by its zip's sha256. */
  manifest(sha256: string): Promise<PackageManifest | undefined> {
    return this.packages.manifest(sha256);
  }

  /** Hears of turns; it has one connection of the pool while it listens. */
  turnWakes(): TurnWakes {
    return new TurnWakes(this.database);
  }

  /** Waits for the connections that are lent out. */
  close(): Promise<void> {
    return this.database.close();
  }
}
