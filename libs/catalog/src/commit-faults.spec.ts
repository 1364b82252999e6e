import { randomUUID } from 'node:crypto';
import { connect as connectSocket, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createDatabase, rawPool, waitFor } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { committed, install, installed, storedPackage, upgrade } from './spec/drafts.js';
import { Catalog, migrate } from './index.js';

/** Cuts a connection at the client's n-th message: before it reaches the server, or after, with the answer swallowed. */
class MessageCutter {
  private readonly sockets = new Set<Socket>();
  messages = 0;
  cutAt = Number.POSITIVE_INFINITY;
  cutOn: string | undefined;
  deliver = false;

  private constructor(private readonly server: Server) {}

  static async start(url: string): Promise<MessageCutter> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    const cutter = new MessageCutter(server);
    server.on('connection', (client) => cutter.accept(client, connectSocket(Number(port), hostname)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return cutter;
  }

  through(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String((this.server.address() as AddressInfo).port);
    return changed.href;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket, server: Socket): void {
    let swallowed = false;
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('data', (message) => {
      this.messages += 1;
      const hit = this.messages === this.cutAt || (this.cutOn !== undefined && message.includes(this.cutOn));
      if (!hit) return void server.write(message);
      this.cutOn = undefined;
      if (!this.deliver) return void (client.destroy(), server.destroy());
      swallowed = true;
      server.write(message);
      server.once('data', () => (client.destroy(), server.destroy()));
    });
    server.on('data', (answer) => {
      if (!swallowed) client.write(answer);
    });
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }
}

let database: TestDatabase;
let catalog: Catalog;
let reader: Pool;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  catalog = Catalog.connect({ url: database.url, applicationName: 'spec' });
  reader = rawPool(database.url);
});
afterAll(async () => {
  await Promise.all([catalog.close(), reader.end()]);
  await database.drop();
});

/** Everything that a commit could leave behind. */
async function footprint(): Promise<unknown> {
  const { rows } = await reader.query(
    `select (select count(*) from package) as packages, (select count(*) from revision) as revisions,
       (select count(*) from entity) as entities, (select count(*) from event) as events,
       (select count(*) from extension) as extensions, (select count(*) from revision_change) as changes,
       (select count(*) from package where released_at is null) as current`,
  );
  return rows[0];
}

async function noneWaiting(): Promise<boolean> {
  const { rows } = await reader.query(
    `select count(*)::int from pg_stat_activity where application_name = 'victim' and datname = current_database()`,
  );
  return rows[0].count === 0;
}

it('leaves nothing when the connection is cut at any message of a commit, and says so', async () => {
  const old = await installed(catalog, { name: 'Alpha', entities: [{ type: 'Thing', name: 'old' }] });
  const cutter = await MessageCutter.start(database.url);
  const outcomes = new Map<string, number>();
  for (const deliver of [false, true]) {
    for (let cutAt = 1; ; cutAt += 1) {
      const victim = Catalog.connect({ url: cutter.through(database.url), applicationName: 'victim' });
      await victim.ping();
      const next = await storedPackage(catalog, {
        name: 'Alpha',
        version: '2',
        entities: [{ type: 'Thing', name: 'new' }],
      });
      const before = await footprint();
      Object.assign(cutter, { messages: 0, cutAt, deliver });
      const importId = randomUUID();
      const result = await victim.revisions
        .commit({ importId, actor: 'ann', changes: [upgrade(next, old)] })
        .catch((error: { code: string }) => error);
      cutter.cutAt = Number.POSITIVE_INFINITY;
      await victim.close();
      await waitFor(noneWaiting, { what: 'the cut session to end' });
      const outcome = 'ok' in result ? 'committed' : result.code;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const found = await catalog.revisions.findImport(importId);
      if (found === undefined) expect(await footprint()).toEqual(before);
      expect(found === undefined).toBe(outcome === 'database-away' || (outcome === 'outcome-unknown' && !deliver));
      if (found) await committed(catalog, { ...upgrade(old, next), action: 'downgrade' });
      if (outcome === 'committed') break;
    }
  }
  await cutter.close();
  expect(outcomes.get('committed')).toBe(2);
  expect(outcomes.get('outcome-unknown')).toBe(2);
  expect(outcomes.get('database-away')).toBeGreaterThan(20);
});

it.each([
  ['came through', true],
  ['was lost on the way', false],
])('tells that it does not know, where COMMIT %s', async (_what, deliver) => {
  const cutter = await MessageCutter.start(database.url);
  const victim = Catalog.connect({ url: cutter.through(database.url), applicationName: 'victim' });
  const one = await storedPackage(catalog, { name: `Unknown-${String(deliver)}` });
  const importId = randomUUID();
  Object.assign(cutter, { deliver, cutOn: 'commit\0' });
  await expect(victim.revisions.commit({ importId, actor: 'ann', changes: [install(one)] })).rejects.toMatchObject({
    code: 'outcome-unknown',
    message: expect.stringContaining(importId),
  });
  await waitFor(noneWaiting, { what: 'the cut session to end' });
  expect((await victim.revisions.findImport(importId)) !== undefined).toBe(deliver);
  // The importer may simply try again: it is the same import.
  expect(await victim.revisions.commit({ importId, actor: 'ann', changes: [install(one)] })).toMatchObject({
    ok: true,
  });
  await victim.close();
  await cutter.close();
});

it('goes on after the server has killed every session', async () => {
  const one = await storedPackage(catalog, { name: 'Survivor' });
  await reader.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'spec' and datname = current_database()`,
  );
  await waitFor(() => catalog.ping().then(() => true), { what: 'a new connection' });
  expect(await catalog.revisions.commit({ importId: 'after', actor: 'a', changes: [install(one)] })).toMatchObject({
    ok: true,
  });
});
