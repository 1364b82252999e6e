import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Catalog, migrate } from '@muster/catalog';
import type { Committed, DraftChange } from '@muster/catalog';
import { packageTreeDigest, sha256Hex } from '@muster/contracts';
import type { NodeReport, OrderKind } from '@muster/contracts';
import { createPackageReader } from '@muster/extension-package';
import { buildPackage, createDatabase, temporaryDirectory, waitFor } from '@muster/testing';
import type { PackageSpec, TestDatabase } from '@muster/testing';
import { Client } from 'pg';
import type { QueryResultRow } from 'pg';
import { TrialAgent } from './trial-agent.js';
import { TrialProposal } from './trial-proposal.js';
import type { BringChange } from './trial-proposal.js';

export interface TrialOrder {
  readonly id: string;
  /** Its result; undefined while it is open. */
  read(): Promise<Record<string, unknown> | undefined>;
  answer(): Promise<Record<string, unknown>>;
}

/** A catalog in a database of its own, committed to directly, and the agents that follow it. */
export class TrialCluster {
  private readonly agents: TrialAgent[] = [];
  private readonly current = new Map<string, string>();
  private readonly reader = createPackageReader();

  private constructor(
    readonly database: TestDatabase,
    readonly catalog: Catalog,
    readonly directory: string,
  ) {}

  static async create(): Promise<TrialCluster> {
    const database = await createDatabase({ migrate });
    // A clone of a template has its id: each cluster needs a catalog of its own.
    const client = new Client({ connectionString: database.ownerUrl });
    await client.connect();
    await client.query('update catalog set id = gen_random_uuid()');
    await client.end();
    const catalog = Catalog.connect({ url: database.url, applicationName: 'trial' });
    return new TrialCluster(database, catalog, await temporaryDirectory('agent'));
  }

  storage(node = 'node-1'): string {
    return path.join(this.directory, node, 'ThingworxStorage');
  }

  extension(name: string, node = 'node-1'): string {
    return path.join(this.storage(node), 'extensions', name);
  }

  names(node = 'node-1'): string[] {
    const directory = path.join(this.storage(node), 'extensions');
    return existsSync(directory) ? readdirSync(directory).toSorted() : [];
  }

  /** What lies in staging and trash, lock files aside. */
  leftovers(node = 'node-1'): string[] {
    return ['staging', 'trash'].flatMap((area) => {
      const directory = path.join(this.storage(node), '.muster', area);
      const found = existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }) : [];
      return found.filter((name) => name.includes('/') && !name.endsWith('lock')).map((name) => `${area}/${name}`);
    });
  }

  /** An agent with the role that it has in production. */
  async agent(environment: Readonly<Record<string, string>> = {}): Promise<TrialAgent> {
    const node = environment['MUSTER_NODE'] ?? 'node-1';
    const agent = await TrialAgent.spawn({
      DATABASE_URL: this.database.urlAs('muster_agent'),
      MUSTER_NODE: node,
      MUSTER_STORAGE: this.storage(node),
      MUSTER_HEARTBEAT: '500ms',
      ...environment,
    });
    this.agents.push(agent);
    return agent;
  }

  async ready(environment: Readonly<Record<string, string>> = {}): Promise<TrialAgent> {
    const agent = await this.agent(environment);
    await agent.ready();
    return agent;
  }

  async commit(...specs: PackageSpec[]): Promise<Committed> {
    return this.commitTraced(undefined, ...specs);
  }

  /** On behalf of an import with this W3C trace context. */
  async commitTraced(traceparent: string | undefined, ...specs: PackageSpec[]): Promise<Committed> {
    const changes: DraftChange[] = [];
    for (const spec of specs) changes.push(await this.draft(spec));
    const committed = await this.commitChanges(changes, traceparent);
    for (const change of committed.changes) this.current.set(change.extension, change.sha256);
    return committed;
  }

  /** What every node is to stage, with nothing committed. */
  async propose(specs: readonly PackageSpec[], deadlineMs = 600_000): Promise<TrialProposal> {
    const changes: BringChange[] = [];
    for (const spec of specs) changes.push(await this.draft(spec));
    return TrialProposal.make(this.catalog, changes, deadlineMs);
  }

  async remove(extension: string): Promise<Committed> {
    const committed = await this.commitChanges([
      { action: 'remove', extension, expected: this.current.get(extension) ?? '' },
    ]);
    this.current.delete(extension);
    return committed;
  }

  /** The latest report that the log took. */
  async report(node = 'node-1'): Promise<NodeReport | undefined> {
    const client = new Client({ connectionString: this.database.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ report: NodeReport }>('select report from node_report where node = $1', [
        node,
      ]);
      return rows[0]?.report;
    } finally {
      await client.end();
    }
  }

  /** Gives an order to a node; what came of it once it was carried out. */
  async order(kind: OrderKind, detail: Record<string, unknown> = {}, node = 'node-1'): Promise<TrialOrder> {
    const id = await this.catalog.orders.insert({ node, kind, detail, actor: 'trial', expiresAfterMs: 600_000 });
    const read = async (): Promise<Record<string, unknown> | undefined> => {
      const [row] = await this.query<{ done_at: Date | null; result: Record<string, unknown> }>(
        'select done_at, result from node_order where id = $1',
        [id],
      );
      return row?.done_at ? row.result : undefined;
    };
    return { id, read, answer: () => waitFor(read, { what: `the answer to ${kind}`, deadlineMs: 60_000 }) };
  }

  /** As the owner. */
  async query<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.database.ownerUrl });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.kill()));
    await this.reader.close();
    await this.catalog.close();
    await this.database.drop();
    // A hook's runner outlives its agent by a moment, and may write until then.
    await rm(this.directory, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
  }

  private async draft(spec: PackageSpec): Promise<BringChange> {
    const zip = buildPackage(spec);
    const file = path.join(this.directory, `${randomUUID()}.zip`);
    writeFileSync(file, zip);
    const sha256 = sha256Hex(zip);
    const { metadata, manifest, unpackedBytes } = await this.reader.check(file);
    const { blob } = await this.catalog.blobs.write(file);
    const expected = this.current.get(spec.name) ?? null;
    const treeDigest = packageTreeDigest(spec.name, sha256, manifest);
    const content = { sha256, sizeBytes: zip.length, unpackedBytes, metadata, manifest, treeDigest, blob };
    return { action: expected === null ? 'install' : 'upgrade', package: content, expected };
  }

  private async commitChanges(changes: DraftChange[], traceparent?: string): Promise<Committed> {
    const trace = traceparent === undefined ? {} : { traceparent };
    const result = await this.catalog.revisions.commit({ importId: randomUUID(), actor: 'trial', changes, ...trace });
    if (!result.ok) throw new Error(`the trial's commit was refused: ${result.code}: ${result.detail}`);
    return result;
  }
}
