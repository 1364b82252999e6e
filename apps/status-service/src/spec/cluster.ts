import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Catalog, migrate, type DraftChange, type NewNodeAction, type NodeRefusal } from '@muster/catalog';
import { EMPTY_CHAIN, packageTreeDigest, sha256Hex, type Convergence } from '@muster/contracts';
import { createPostgresReportLog, type ReportLog } from '@muster/event-log';
import { createKit, createLogger, createService, readConfig, type Service } from '@muster/service-kit';
import { createDatabase, type TestDatabase } from '@muster/testing';
import { statusConfigSchema } from '../config.js';
import { StatusModule } from '../status-module.js';
import { FakeNode } from './fake-node.js';

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

/** A real database with the real catalog and report log, and status-services over it. */
export class TestCluster {
  private readonly services: Service[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly catalog: Catalog,
    private readonly agents: Catalog,
    readonly reports: ReportLog,
  ) {}

  static async start(): Promise<TestCluster> {
    const database = await createDatabase({ migrate });
    const catalog = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'spec' });
    const asAgent = database.urlAs('muster_agent');
    const agents = Catalog.connect({ url: asAgent, applicationName: 'spec-agents' });
    return new TestCluster(database, catalog, agents, createPostgresReportLog({ url: asAgent }));
  }

  async end(): Promise<void> {
    for (const service of this.services.splice(0)) await service.close();
    await this.reports.close();
    await this.agents.close();
    await this.catalog.close();
    await this.database.drop();
  }

  /** With `lines` it is told what the service logs. */
  async service(environment: Readonly<Record<string, string>> = {}, lines?: string[]): Promise<Service> {
    const config = readConfig(statusConfigSchema, {
      MUSTER_PORT: '0',
      MUSTER_LOG_LEVEL: 'silent',
      DATABASE_URL: this.database.urlAs('muster_status'),
      MUSTER_POLL_INTERVAL: '10s',
      ...environment,
    });
    const name = 'status-service';
    const logger = lines && createLogger({ name, destination: { write: (line) => void lines.push(line) } });
    const kit = createKit({ name, config, ...(logger && { logger }) });
    const service = await createService({ kit, module: await StatusModule.with(config, kit) });
    await service.listen();
    this.services.push(service);
    return service;
  }

  node(id: string, reports = this.reports): Promise<FakeNode> {
    return new FakeNode(id, this.agents, reports).enrol();
  }

  nodes(count: number): Promise<FakeNode[]> {
    return Promise.all(Array.from({ length: count }, (_, index) => this.node(`node-${index + 1}`)));
  }

  /** An agent that may not be what it claims to be. */
  refuse(refusal: NodeRefusal): Promise<void> {
    return this.agents.nodeRefusals.put(refusal);
  }

  /** As the node's agent tells what it did. */
  act(node: string, ...actions: NewNodeAction[]): Promise<void> {
    return this.agents.nodeActions.insert(node, 'an-instance', actions);
  }

  /** One revision: `App 1.0`, `App 1.0 > Base 1.0` (needs it), `-App`. */
  async commit(...texts: string[]): Promise<number> {
    const changes: DraftChange[] = [];
    for (const text of texts) changes.push(await this.change(text));
    const result = await this.catalog.revisions.commit({ importId: randomUUID(), actor: 'spec', changes });
    if (!result.ok) throw new Error(result.detail);
    return result.revision;
  }

  /** An import that is to be activated on all nodes together. */
  async propose(actor: string): Promise<string> {
    const id = randomUUID();
    const base = { revision: 0, chain: EMPTY_CHAIN };
    const changes = [{ action: 'install' as const, extension: 'App', version: '1.0', sha256: sha256Hex('App') }];
    await this.catalog.proposals.make({ id, actor, base, changes, packages: [], deadlineMs: 600_000 });
    return id;
  }

  private async change(text: string): Promise<DraftChange> {
    const current = new Map((await this.catalog.wanted()).extensions.map((extension) => [extension.name, extension]));
    if (text.startsWith('-')) {
      const extension = text.slice(1);
      return { action: 'remove', extension, expected: current.get(extension)?.sha256 ?? '' };
    }
    const [what = '', needs] = text.split(' > ');
    const [name = '', version = ''] = what.split(' ');
    const [dependency, least] = needs?.split(' ') ?? [];
    const expected = current.get(name)?.sha256 ?? null;
    const bytes = Buffer.from(`the zip of ${text}`);
    const { blob, sha256, sizeBytes } = await this.catalog.blobs.write(Readable.from([bytes]));
    const manifest = { files: [{ path: 'file', size: 4, sha256: sha256Hex(text) }], directories: [] };
    const dependsOn = dependency && least ? [{ name: dependency, version: least }] : [];
    return {
      action: expected === null ? 'install' : 'upgrade',
      expected,
      package: {
        sha256,
        sizeBytes,
        unpackedBytes: 4,
        metadata: { name, version, dependsOn, entities: [], fileResources: [] },
        manifest,
        treeDigest: packageTreeDigest(name, sha256, manifest),
        blob,
      },
    };
  }
}

export async function get<Body>(service: Service, path: string, signal?: AbortSignal): Promise<Answer<Body>> {
  const answer = await fetch(`${service.url}${path}`, signal ? { signal } : {});
  const text = await answer.text();
  const json = answer.headers.get('content-type')?.includes('json') === true;
  return { status: answer.status, body: (json ? JSON.parse(text) : text) as Body };
}

export async function convergence(service: Service, revision?: number, wait = '0s'): Promise<Convergence> {
  const asked = revision === undefined ? '' : `revision=${revision}&`;
  return (await get<Convergence>(service, `/convergence?${asked}wait=${wait}`)).body;
}
