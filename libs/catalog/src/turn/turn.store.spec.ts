import { createDatabase, rawPool, waitFor } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Catalog, LeasedTurns, migrate } from '../index.js';
import type { AskedChange, TurnAsker, TurnDecision } from '../index.js';
import { committed, install, installed, storedPackage, upgrade } from '../spec/drafts.js';
import { emptyCatalog } from '../spec/empty-catalog.js';

let database: TestDatabase;
let owner: Pool;
let catalog: Catalog;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  owner = rawPool(database.ownerUrl);
  catalog = Catalog.connect({ url: database.urlAs('muster_agent'), applicationName: 'turns', poolSize: 10 });
});
beforeEach(async () => {
  await emptyCatalog(owner);
  await owner.query('truncate deploy_lease, deploy_failure, setting, node');
});
afterAll(async () => {
  await catalog.close();
  await owner.end();
  await database.drop();
});

const LONG_MS = 60_000;
const X: AskedChange = { extension: 'X', sha256: 'a'.repeat(64), again: false };
const Y: AskedChange = { extension: 'Y', sha256: 'b'.repeat(64), again: false };

function asker(node: number | string, instance = `i-${node}`, service = 'sync-agent'): TurnAsker {
  return { node: `node-${node}`, instance, service };
}

function take(node: number | string, changes = [X], leaseMs = LONG_MS): Promise<TurnDecision> {
  return catalog.turns.take(asker(node), { changes, revision: 0, leaseMs });
}

/** As the importer, who alone may set it. */
async function allow(max: number): Promise<void> {
  const importer = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'setter' });
  await importer.turns.setMaxDeploying(max, 'anna');
  await importer.close();
}

/** Lets a row's time run out. */
function expire(node: number | string): Promise<unknown> {
  return owner.query(`update deploy_lease set expires_at = clock_timestamp() where node = $1`, [`node-${node}`]);
}

const kinds = (decisions: readonly TurnDecision[]): string[] => decisions.map(({ kind }) => kind);

describe('the turn', () => {
  it.each([1, 3])('is never had by more than %i of eight nodes, and each comes to it', async (max) => {
    if (max > 1) await allow(max);
    let now = 0;
    let most = 0;
    const contend = async (node: number): Promise<void> => {
      await waitFor(async () => (await take(node)).kind === 'granted', {
        what: `the turn of ${node}`,
        deadlineMs: 30_000,
      });
      now += 1;
      most = Math.max(most, now);
      // As long as others need to ask.
      await Promise.all([take(node + 100), take(node + 200)]);
      await Promise.all([node + 100, node + 200].map((other) => catalog.turns.release(asker(other))));
      now -= 1;
      await catalog.turns.release(asker(node));
    };
    await Promise.all(Array.from({ length: 8 }, (_, node) => contend(node)));
    expect(most).toBe(max);
    expect((await owner.query('select from deploy_lease')).rowCount).toBe(0);
  });

  it('comes in the order of asking, whoever asks again first', async () => {
    expect(kinds([await take(1), await take(2), await take(3)])).toEqual(['granted', 'waits', 'waits']);
    await catalog.turns.release(asker(1));
    expect(await take(3)).toMatchObject({ kind: 'waits', wait: { node: 'node-2', failed: false } });
    expect(kinds([await take(2), await take(3)])).toEqual(['granted', 'waits']);
  });

  it('says who has it, for what and since when, and how many are before', async () => {
    await take(1);
    await catalog.turns.renew(asker(1), { leaseMs: LONG_MS, running: { extension: 'X' } });
    await take(2);
    const third = await take(3);
    expect(third).toMatchObject({
      wait: {
        node: 'node-1',
        detail: 'node-1 has the turn, for X; 1 more is before it',
        since: expect.stringContaining('T'),
      },
    });
  });

  it('passes over a place that was not renewed, and over a retired node', async () => {
    await take(1);
    await take(2);
    await take(3);
    await expire(2);
    await owner.query(
      `insert into node (id, storage_id, instance, lease_until, retired_at) values ('node-1', 's', 'i', now(), now())`,
    );
    expect((await take(3)).kind).toBe('granted');
  });

  it('that ran out cannot be renewed, and is another’s', async () => {
    await take(1);
    expect(await catalog.turns.renew(asker(1), { leaseMs: LONG_MS })).toBe(true);
    await expire(1);
    expect((await take(2, [Y])).kind).toBe('granted');
    expect(await catalog.turns.renew(asker(1), { leaseMs: LONG_MS })).toBe(false);
  });

  it('is looked for without being taken; that keeps the place', async () => {
    const look = (node: number) => catalog.turns.look(asker(node), { changes: [X], revision: 0, leaseMs: LONG_MS });
    await take(1);
    expect((await look(2)).kind).toBe('waits');
    expect((await take(3)).kind).toBe('waits');
    await catalog.turns.release(asker(1));
    expect((await look(2)).kind).toBe('granted');
    expect((await take(3)).kind).toBe('waits');
    expect((await take(2)).kind).toBe('granted');
  });

  it('belongs to the process that holds the storage’s lock; another of the node waits for it', async () => {
    const importer = asker(1, 'import', 'import-service');
    const question = { changes: [X], revision: 0, leaseMs: LONG_MS };
    await take(2);
    await take(1);
    await take(3);
    await catalog.turns.release(asker(2));
    expect((await catalog.turns.take(importer, question)).kind).toBe('granted');
    expect(await catalog.turns.look(asker(1), question)).toMatchObject({ kind: 'waits', wait: { node: 'node-1' } });
    await catalog.turns.release(asker(1));
    expect((await take(3)).kind).toBe('waits');
    await catalog.turns.release(importer);
    expect((await take(3)).kind).toBe('granted');
  });

  it('wakes who listens when it is given back', async () => {
    const wakes = catalog.turnWakes();
    const woken = vi.fn();
    await wakes.listen(woken);
    await take(1);
    expect(woken).not.toHaveBeenCalled();
    await catalog.turns.release(asker(1));
    await waitFor(() => woken.mock.calls.length > 0, { what: 'a wake' });
    await wakes.stop();
  });
});

describe('a hook that failed on one node', () => {
  const failure = { extension: 'X', sha256: 'a'.repeat(64), code: 'hook-failed', detail: 'the deploy hook exited 3' };

  it('bars the same package on the others, with the reason, and nothing else', async () => {
    await catalog.turns.fail('node-1', 0, failure);
    const told = await take(2);
    const wait = {
      node: 'node-1',
      failed: true,
      detail: 'the hook of X failed on node-1: hook-failed: the deploy hook exited 3',
    };
    expect(told).toMatchObject({ kind: 'barred' });
    expect(told.kind === 'barred' && told.barred.get('X')).toMatchObject(wait);
    const others: AskedChange[] = [
      Y,
      { ...X, sha256: 'c'.repeat(64) },
      { extension: 'X', again: false },
      { ...X, again: true },
    ];
    for (const change of others) {
      expect((await take(2, [change])).kind, JSON.stringify(change)).toBe('granted');
      await catalog.turns.release(asker(2));
    }
    expect((await take(1)).kind).toBe('granted');
  });

  it('leaves no place behind for which others would wait', async () => {
    await take(1);
    await take(2);
    await take(3, [Y]);
    await catalog.turns.fail('node-1', 0, failure);
    await catalog.turns.release(asker(1));
    expect((await take(2)).kind).toBe('barred');
    expect((await take(3, [Y])).kind).toBe('granted');
  });

  it('bars two nodes on which it failed from nothing: each tries again', async () => {
    await catalog.turns.fail('node-1', 0, failure);
    await catalog.turns.fail('node-2', 0, failure);
    expect((await take(1)).kind).toBe('granted');
    await catalog.turns.release(asker(1));
    expect((await take(2)).kind).toBe('granted');
    await catalog.turns.clear('node-1', ['X', 'Y']);
    expect((await take(3)).kind).toBe('barred');
  });

  it.each<[string, () => Promise<unknown>]>([
    ['it was cleared there', () => catalog.turns.clear('node-1', ['X'])],
    [
      'that node is retired',
      () =>
        owner.query(
          `insert into node (id, storage_id, instance, lease_until, retired_at) values ('node-1', 's', 'i', now(), now())`,
        ),
    ],
    ['an operator has waived it', () => catalog.turns.waive('X', 'anna')],
  ])('bars nobody any more once %s', async (_, clear) => {
    const agent = catalog;
    // Waiving is the importer's.
    catalog = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'turns' });
    try {
      await catalog.turns.fail('node-1', 0, failure);
      expect((await take(2)).kind).toBe('barred');
      await clear();
      expect((await take(2)).kind).toBe('granted');
    } finally {
      await catalog.close();
      catalog = agent;
    }
  });

  it('bars nobody any more once a later revision changed the extension', async () => {
    const importer = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'importer' });
    const one = await installed(importer, { name: 'X' });
    const x = { ...X, sha256: one.sha256 };
    await catalog.turns.fail('node-1', 1, { ...failure, sha256: one.sha256 });
    await committed(importer, install(await storedPackage(importer, { name: 'Y' })));
    expect((await take(2, [x])).kind).toBe('barred');
    await committed(importer, upgrade(await storedPackage(importer, { name: 'X', version: '2.0.0' }), one));
    expect((await take(2, [x])).kind).toBe('granted');
    await importer.close();
  });

  it('stays waived however often it fails again, until another package fails', async () => {
    const importer = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'importer' });
    await catalog.turns.fail('node-1', 0, failure);
    expect(await importer.turns.waive('X', 'anna')).toEqual(['node-1']);
    expect(await importer.turns.waive('X', 'anna')).toEqual([]);
    await catalog.turns.fail('node-1', 0, { ...failure, detail: 'again' });
    expect((await take(2)).kind).toBe('granted');
    await catalog.turns.fail('node-1', 0, { ...failure, sha256: 'c'.repeat(64) });
    expect((await take(2, [{ ...X, sha256: 'c'.repeat(64) }])).kind).toBe('barred');
    await importer.close();
  });
});

describe('a node that falls silent in its turn', () => {
  const running = { extension: 'X', sha256: 'a'.repeat(64) };

  it('bars what it was deploying, and only that, until it says how it ended', async () => {
    await take(1);
    await catalog.turns.renew(asker(1), { leaseMs: LONG_MS, running });
    await expire(1);
    expect((await take(2, [Y])).kind).toBe('granted');
    await catalog.turns.release(asker(2));
    const told = await take(2);
    expect(told.kind === 'barred' && told.barred.get('X')?.detail).toBe(
      'node-1 fell silent while it ran the hook of X',
    );
    // It is back, under its storage's lock: the failure is its own now, and it tries again.
    expect(await catalog.turns.settle('node-1')).toEqual(['X']);
    const after = await take(2);
    expect(after.kind === 'barred' && after.barred.get('X')?.detail).toContain('hook-interrupted');
    expect((await take(1)).kind).toBe('granted');
    await catalog.turns.release(asker(1));
    await catalog.turns.clear('node-1', ['X']);
    expect((await take(2)).kind).toBe('granted');
  });

  it('bars nothing where no hook had started', async () => {
    await take(1);
    await expire(1);
    expect((await take(2)).kind).toBe('granted');
    expect(await catalog.turns.settle('node-1')).toEqual([]);
  });

  it('leaves the lock of all turns alone where it has nothing to settle', async () => {
    await catalog.turns.fail('node-1', 1, { extension: 'Z', code: 'hook-failed', detail: 'no' });
    const other = await owner.connect();
    try {
      await other.query('begin');
      await other.query(`select pg_advisory_xact_lock(${0x4d7573547572})`);
      expect(await catalog.turns.settle('node-1')).toEqual(['Z']);
    } finally {
      await other.query('rollback');
      other.release();
    }
  });

  it('is passed over by an operator’s word', async () => {
    const importer = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'importer' });
    await take(1);
    await catalog.turns.renew(asker(1), { leaseMs: LONG_MS, running });
    await expire(1);
    expect(await importer.turns.waive('X', 'anna')).toEqual(['node-1']);
    expect((await take(2)).kind).toBe('granted');
    await importer.close();
  });
});

describe('the turns of a process', () => {
  function turns(node: number, options: { patienceMs?: number; leaseMs?: number } = {}): LeasedTurns {
    const onTrouble = (error: unknown): void => void expect(error).toBeUndefined();
    return new LeasedTurns({ ...asker(node), store: catalog.turns, hookMs: LONG_MS, onTrouble, ...options });
  }

  it('are renewed as long as they are held', async () => {
    const given = await turns(1, { leaseMs: 300 }).take({ changes: [X], revision: 0 });
    if (given.kind !== 'granted') throw new Error(given.kind);
    const expiry = async (): Promise<number> => {
      const { rows } = await owner.query<{ at: Date }>('select expires_at as at from deploy_lease');
      return rows[0]?.at.getTime() ?? 0;
    };
    const first = await expiry();
    await waitFor(async () => (await expiry()) > first, { what: 'a renewal' });
    const before = await expiry();
    expect(await given.turn.confirm(X)).toBe(true);
    expect((await expiry()) - before).toBeGreaterThan(LONG_MS / 2);
    await given.turn.release();
    expect(await given.turn.confirm(X)).toBe(false);
  });

  it('are waited for as long as the asker has patience, and the place is then given up', async () => {
    const held = await turns(1).take({ changes: [X], revision: 0 });
    expect(await turns(2, { patienceMs: 1 }).take({ changes: [X], revision: 0 })).toMatchObject({
      kind: 'waits',
      wait: { node: 'node-1' },
    });
    expect((await owner.query('select from deploy_lease')).rowCount).toBe(1);
    const waiting = turns(2, { patienceMs: 30_000 }).take({ changes: [X], revision: 0 });
    await waitFor(async () => (await owner.query('select from deploy_lease')).rowCount === 2, { what: 'a place' });
    if (held.kind === 'granted') await held.turn.release();
    const given = await waiting;
    expect(given.kind).toBe('granted');
    if (given.kind === 'granted') await given.turn.release();
  });
});
