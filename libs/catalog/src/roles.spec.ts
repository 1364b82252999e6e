import { createDatabase, rawPool } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { committed, install, installed, remove, storedPackage, upgrade } from './spec/drafts.js';
import { Catalog, migrate } from './index.js';
import type { NewNodeAction } from './index.js';

const FORBIDDEN = '42501';
/** An identity column that is always generated: refused before rights are looked at. */
const GENERATED = '428C9';
const ACTION: NewNodeAction = {
  seq: 1,
  extension: 'Foo',
  kind: 'wanted-change',
  action: 'install',
  outcome: 'done',
  detector: 'event',
  head: 1,
  agesMs: { started: 1, ended: 0 },
};
const SECRET = ['api_token'];
const READ_BY_AGENT = [
  'catalog',
  'blob',
  'blob_chunk',
  'package',
  'package_entity',
  'revision',
  'revision_change',
  'extension',
  'entity',
  'event',
  'event_consumer',
  'node_report',
  'node',
  'node_order',
  'node_action',
  'node_refusal',
  'catalog_freeze',
  'replay',
  'proposal',
  'proposal_package',
  'proposal_readiness',
  'deploy_lease',
  'deploy_failure',
  'setting',
  'schema_migration',
];
const READ_BY_STATUS = [
  'catalog',
  'package',
  'package_entity',
  'revision',
  'revision_change',
  'extension',
  'entity',
  'event',
  'event_consumer',
  'node_report',
  'node',
  'node_order',
  'node_action',
  'node_refusal',
  'catalog_freeze',
  'replay',
  'proposal',
  'proposal_readiness',
  'deploy_lease',
  'deploy_failure',
  'setting',
  'audit',
  'node_status',
  'revision_convergence',
  'schema_migration',
];
/** What a role may write, by table; the rest it may not touch. */
const WRITES: Record<string, Record<string, string>> = {
  muster_agent: {
    event_consumer: 'insert update',
    node_report: 'insert update',
    node: 'insert update',
    node_order: 'update',
    node_action: 'insert delete',
    node_refusal: 'insert update delete',
    proposal_readiness: 'insert update',
    deploy_lease: 'insert update delete',
    deploy_failure: 'insert update delete',
  },
  muster_status: {
    event_consumer: 'insert update',
    node_status: 'insert update delete',
    revision_convergence: 'insert update delete',
  },
};

let database: TestDatabase;
let owner: Pool;
let tables: string[];

beforeAll(async () => {
  database = await createDatabase({ migrate });
  owner = rawPool(database.ownerUrl);
  const { rows } = await owner.query(`select tablename from pg_tables where schemaname = 'public' order by 1`);
  tables = rows.map(({ tablename }) => tablename);
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

/** Runs statements with a role, each in a transaction that is rolled back; the SQLSTATE of each, or `ok`. */
async function tryAs(role: string, statements: readonly string[]): Promise<string[]> {
  const client = new Client({ connectionString: database.urlAs(role) });
  await client.connect();
  const outcomes: string[] = [];
  for (const statement of statements) {
    await client.query('begin');
    outcomes.push(
      await client.query(statement).then(
        () => 'ok',
        (error: { code: string }) => error.code,
      ),
    );
    await client.query('rollback');
  }
  await client.end();
  return outcomes;
}

async function columnsOf(table: string): Promise<string[]> {
  const { rows } = await owner.query(
    `select column_name from information_schema.columns where table_schema = 'public' and table_name = $1`,
    [table],
  );
  return rows.map(({ column_name: name }) => name);
}

describe.each([
  ['muster_agent', READ_BY_AGENT],
  ['muster_status', READ_BY_STATUS],
])('%s', (role, readable) => {
  it('reads what it needs and nothing else', async () => {
    const outcomes = await tryAs(
      role,
      tables.map((table) => `select * from ${table} limit 1`),
    );
    const read = tables.filter((_, index) => outcomes[index] === 'ok');
    expect(read).toEqual([...readable].sort());
    expect(read).not.toContain(SECRET[0]);
  });

  it('is refused every other insert, update, delete and truncate', async () => {
    for (const table of tables) {
      const allowed = WRITES[role]?.[table] ?? '';
      const columns = await columnsOf(table);
      const attempts: [string, string][] = [
        ['insert', `insert into ${table} default values`],
        ['delete', `delete from ${table}`],
        ['truncate', `truncate ${table} cascade`],
        ...columns.map((column): [string, string] => ['update', `update ${table} set "${column}" = "${column}"`]),
      ];
      const outcomes = await tryAs(
        role,
        attempts.map(([, statement]) => statement),
      );
      const wrong = attempts.filter(
        ([verb], n) => !allowed.includes(verb) && outcomes[n] !== FORBIDDEN && outcomes[n] !== GENERATED,
      );
      expect(wrong.map(([, statement]) => statement)).toEqual([]);
    }
  });

  it('cannot make or change tables, functions or roles', async () => {
    const statements = [
      'create table mine (a int)',
      'alter table revision disable trigger all',
      'alter table node disable row level security',
      'drop table audit',
      'create role intruder',
      'grant muster_importer to muster_agent',
      `create function public.f() returns int language sql as 'select 1'`,
    ];
    expect(await tryAs(role, statements)).toEqual(statements.map(() => FORBIDDEN));
  });
});

describe('muster_importer', () => {
  it('commits, stores, collects and gives orders with its role alone', async () => {
    const catalog = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'spec' });
    await catalog.checkSchema();
    const one = await installed(catalog, { name: 'Alpha', entities: [{ type: 'Thing', name: 'T' }] });
    const two = await storedPackage(catalog, { name: 'Alpha', version: '2' });
    await committed(catalog, upgrade(two, one));
    await committed(catalog, { ...upgrade(one, two), action: 'downgrade' });
    await committed(catalog, { ...remove(one), purge: true } as ReturnType<typeof remove>);
    await committed(catalog, install(await storedPackage(catalog, { name: 'Alpha' })));
    expect(await catalog.blobs.collect({ graceMs: 0, retentionMs: 0 })).toMatchObject({ blobs: 1 });
    await catalog.audit.append({ actor: 'ann', action: 'import', outcome: 'ok', subject: 'Alpha' });
    await catalog.orders.insert({ node: 'node-1', kind: 'verify', actor: 'ann', expiresAfterMs: 60_000 });
    expect(await catalog.nodes.retire('nobody')).toBe('unknown');
    expect((await catalog.nodes.instructions('node-1')).orders).toHaveLength(1);
    await catalog.close();
  });

  it('cannot rewrite history, nor anybody the audit trail', async () => {
    const statements = [
      `update revision set chain = repeat('0', 64)`,
      `update revision_change set version = '9'`,
      `update package set manifest = '{}'`,
      `update event set payload = '{}'`,
      'delete from revision',
      'delete from revision_change',
      'delete from package',
      'delete from event',
      'update catalog set id = gen_random_uuid()',
      `update audit set actor = 'nobody'`,
      'delete from audit',
      'truncate audit',
      `update blob_chunk set bytes = ''`,
      `update entity set extension = 'x'`,
    ];
    expect(await tryAs('muster_importer', statements)).toEqual(statements.map(() => FORBIDDEN));
    for (const statement of [`update audit set actor = 'nobody'`, 'delete from audit', 'truncate audit']) {
      await expect(owner.query(statement)).rejects.toMatchObject({ code: FORBIDDEN });
    }
  });
});

describe('the agent and the status-service do their work with their roles alone', () => {
  it('reads the catalog and its bytes', async () => {
    const importer = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'spec' });
    const one = await installed(importer, { name: 'Beta', bytes: Buffer.from('bytes') });
    for (const role of ['muster_agent', 'muster_status']) {
      const catalog = Catalog.connect({ url: database.urlAs(role), applicationName: 'spec' });
      await catalog.checkSchema();
      expect((await catalog.wanted()).extensions.map(({ name }) => name)).toContain('Beta');
      expect(await catalog.manifest(one.sha256)).toEqual(one.manifest);
      expect(await catalog.nodes.expected()).toBeInstanceOf(Array);
      expect(await catalog.revisions.targets(1)).toBeDefined();
      if (role === 'muster_agent') expect(await catalog.blobs.read(one.sha256)).toBeDefined();
      await expect(
        catalog.revisions.commit({ importId: 'x', actor: 'x', changes: [remove(one)] }),
      ).rejects.toMatchObject({
        code: FORBIDDEN,
      });
      await catalog.close();
    }
    await importer.close();
  }, 20_000);

  it('keeps an agent to the nodes of its own login', async () => {
    const logins = ['one', 'two'].map((name) => `muster_spec_${process.pid}_${name}`);
    for (const login of logins) await owner.query(`create role ${login} login password 'p' in role muster_agent`);
    const agents = logins.map((login) => {
      const url = new URL(database.url);
      [url.username, url.password] = [login, 'p'];
      return { url: url.href, catalog: Catalog.connect({ url: url.href, applicationName: 'spec' }) };
    });
    const [mine, theirs] = agents as [(typeof agents)[0], (typeof agents)[0]];
    const request = { node: 'node-1', storageId: 's', instance: 'i', leaseMs: 0 };
    expect(await mine.catalog.nodes.enrol(request)).toEqual({ state: 'enrolled' });
    expect(await theirs.catalog.nodes.enrol({ ...request, instance: 'j' })).toMatchObject({ code: 'node-login' });
    expect(await theirs.catalog.nodes.renew('node-1', 'i', 60_000)).toBe(false);
    const client = new Client({ connectionString: theirs.url });
    await client.connect();
    const report = `insert into node_report (node, instance, started_at, seq, report)
      values ($1, 'i', now(), 1, '{}') on conflict (node) do update set seq = excluded.seq`;
    await expect(client.query(report, ['node-1'])).rejects.toMatchObject({ code: FORBIDDEN });
    await client.query(report, ['node-2']);
    await client.query(report, ['node-2']);
    await mine.catalog.turns.fail('node-1', 0, { extension: 'X', code: 'hook-failed', detail: 'no' });
    await theirs.catalog.turns.clear('node-1', ['X']);
    expect(await mine.catalog.turns.settle('node-1')).toEqual(['X']);
    await expect(
      theirs.catalog.turns.take(
        { node: 'node-1', instance: 'j', service: 's' },
        { changes: [], revision: 0, leaseMs: 1 },
      ),
    ).rejects.toMatchObject({ code: FORBIDDEN });
    const action = `insert into node_action (node, instance, seq, extension, kind, action, outcome, detector, started_at)
      values ($1, 'i', 1, 'Foo', 'wanted-change', 'install', 'done', 'event', now())`;
    await expect(client.query(action, ['node-1'])).rejects.toMatchObject({ code: FORBIDDEN });
    await client.query(action, ['node-2']);
    await mine.catalog.nodeActions.insert('node-1', 'i', [ACTION]);
    expect((await client.query(`delete from node_action where node = 'node-1'`)).rowCount).toBe(0);
    const place = 'insert into event_consumer (consumer, position) values ($1, 1)';
    await client.query(place, ['theirs']);
    await client.end();
    const own = new Client({ connectionString: mine.url });
    await own.connect();
    expect((await own.query(`update event_consumer set position = 9 where consumer = 'theirs'`)).rowCount).toBe(0);
    await expect(
      own.query(`${place} on conflict (consumer) do update set position = 9`, ['theirs']),
    ).rejects.toMatchObject({ code: FORBIDDEN });
    await expect(own.query(`update node set login = 'x'`)).rejects.toMatchObject({ code: FORBIDDEN });
    await own.end();
    for (const { catalog } of agents) await catalog.close();
    for (const login of logins) await owner.query(`drop owned by ${login}; drop role ${login}`);
  });
});
