import { migrate } from '@muster/catalog';
import type { Convergence } from '@muster/contracts';
import { buildPackage, createDatabase, FaultProxy, waitFor } from '@muster/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maxDeploying, order, pause, resume, retire, signal, type WaitQuery } from './calls.js';
import { Cluster, describeOnOneLog } from './cluster.js';
import { FAST } from './fast.js';
import { GatedHook } from './gated-hook.js';
import { startStatus } from './status-beside.js';
import { expectRefusal, expectWait, type WaitEnd } from './wait-ends.js';

describeOnOneLog('wait', (log) => {
  let databaseUrl: string;
  let toDatabase: FaultProxy;
  let hook: GatedHook;
  let cluster: Cluster;
  beforeAll(async () => {
    databaseUrl = (await createDatabase()).url;
    toDatabase = await FaultProxy.inFrontOf(databaseUrl);
    hook = await GatedHook.create();
    cluster = await Cluster.start({
      log,
      hooks: [`node-2=${hook.command}`, `node-3=${hook.command}`],
      databaseUrl: toDatabase.urlThrough(databaseUrl),
      env: FAST,
    });
    // Neither of the two waits for the other's hook.
    await maxDeploying(cluster, 2);
  });
  afterAll(async () => {
    await cluster?.down();
    await toDatabase?.close();
  });

  const importNew = async (name: string, version = '1.0.0', more: object = {}): Promise<number> => {
    const answer = await cluster.import(buildPackage({ name, version, ...more }));
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body.revision;
  };
  const wait = (query: WaitQuery, end: WaitEnd, meanwhile?: () => Promise<unknown> | void) =>
    expectWait(cluster.statusUrl, query, end, meanwhile);
  const stateOn = async (node: string, name: string) =>
    (await cluster.node(node)).extensions.find((extension) => extension.name === name)?.state;
  /** A wait ends at once where something is still parked, though it is being tried again: so it is asked anew. */
  const settled = async (): Promise<void> => {
    let latest: Convergence | undefined;
    const converged = async (): Promise<boolean> => {
      latest = await cluster.convergence(undefined, '5s');
      return latest.state === 'converged';
    };
    await waitFor(converged, { what: () => `a converged cluster: ${JSON.stringify(latest)}` });
  };

  test('converged already: at once, for the revision and for the whole', async () => {
    const revision = await importNew('Calm');
    await settled();
    await wait({ revision }, { state: 'converged', ends: 'at once' });
    await wait({}, { state: 'converged', ends: 'at once' });
  });

  test('behind: timed out when its time is over, converged as soon as it is', async () => {
    hook.slow('Late-node-2');
    const revision = await importNew('Late');
    await wait({ revision }, { state: 'timed-out', ends: 'by timeout', reason: /node-2/ });
    await wait({}, { state: 'timed-out', ends: 'by timeout', reason: /node-2/ });
    await wait({ revision }, { state: 'converged', ends: 'by event' }, () => hook.open('Late-node-2'));
    await settled();
  });

  describe('one node has parked it', () => {
    let own: number;
    let other: number;
    beforeAll(async () => {
      // A hook that has failed would keep node-3 from it.
      hook.slow('Parked-node-2');
      hook.fail('Parked-node-2', 'licence missing');
      own = await importNew('Parked');
      await waitFor(async () => (await stateOn('node-3', 'Parked')) === 'in-sync', { what: 'it on node-3' });
      hook.go('Parked-node-2');
      await waitFor(async () => (await cluster.node('node-2')).parked.length === 1, { what: 'a parked extension' });
      other = await importNew('Bystander');
    });
    afterAll(async () => {
      hook.open('Parked-node-2');
      await order(cluster, 'node-2', 'retry');
      await settled();
    });

    test('its own revision: failed at once, with the reason', async () => {
      await wait({ revision: own }, { state: 'failed', ends: 'at once', reason: /node-2.*Parked.*licence missing/s });
    });

    test('another revision is not its business: converged', async () => {
      await wait({ revision: other }, { state: 'converged', ends: 'at once' });
    });

    test('one that depends on it: failed, with what it waits for', async () => {
      const revision = await importNew('Needy', '1.0.0', { dependsOn: [{ name: 'Parked', version: '1.0.0' }] });
      await wait({ revision }, { state: 'failed', ends: 'at once', reason: /node-2.*Parked/s });
    });

    test('the whole cluster: failed at once', async () => {
      await wait({}, { state: 'failed', ends: 'at once', reason: /licence missing/ });
    });

    test.for([
      [{ quorum: 2 }, 'converged'],
      [{ quorum: 'majority' }, 'converged'],
      [{ quorum: 3 }, 'failed'],
      [{ nodes: 'node-1,node-3' }, 'converged'],
      [{ nodes: 'node-2' }, 'failed'],
      [{ nodes: 'node-2,node-3', quorum: 1 }, 'converged'],
      [{ nodes: 'node-2,node-3', quorum: 2 }, 'failed'],
    ] as const)('asked with %o: %s at once', async ([query, state]) => {
      await wait({ revision: own, ...query }, { state, ends: 'at once' });
    });
  });

  test('parked while the wait goes on: failed by that, not by its time', async () => {
    for (const node of ['node-2', 'node-3']) hook.slow(`Doomed-${node}`);
    hook.fail('Doomed', 'no room');
    const revision = await importNew('Doomed');
    for (const node of ['node-2', 'node-3'])
      await waitFor(async () => (await stateOn(node, 'Doomed')) === 'deploying', { what: `its hook on ${node}` });
    hook.go('Doomed-node-2');
    await waitFor(async () => (await cluster.node('node-2')).parked.length === 1, { what: 'a parked extension' });
    await wait({ revision, nodes: 'node-3' }, { state: 'failed', ends: 'by event', reason: /no room/ }, () =>
      hook.open('Doomed-node-3'),
    );
    hook.open('Doomed');
    for (const node of ['node-2', 'node-3']) await order(cluster, node, 'retry');
    await settled();
  });

  test('a quorum is reached as soon as enough nodes are there, whatever the others do', async () => {
    for (const node of ['node-2', 'node-3']) hook.slow(`Quorate-${node}`);
    const revision = await importNew('Quorate');
    await wait({ revision, quorum: 1 }, { state: 'converged', ends: 'at once' });
    await wait({ revision, quorum: 2 }, { state: 'timed-out', ends: 'by timeout' });
    await wait({ revision, quorum: 2 }, { state: 'converged', ends: 'by event' }, () => hook.open('Quorate-node-3'));
    await wait({ revision, quorum: 3 }, { state: 'timed-out', ends: 'by timeout', reason: /node-2/ });
    hook.open('Quorate-node-2');
    await settled();
  });

  test('superseded: at once, during the wait, and not where it had converged before', async () => {
    const first = await importNew('Moving', '1.0.0');
    await settled();
    await wait({ revision: first }, { state: 'converged', ends: 'at once' });
    await pause(cluster, 'node-2', 'holding still');
    const second = await importNew('Moving', '1.0.1');
    await wait(
      { revision: second },
      { state: 'superseded', ends: 'by event', reason: new RegExp(String(second + 1)) },
      () => importNew('Moving', '1.0.2'),
    );
    await wait({ revision: second }, { state: 'superseded', ends: 'at once' });
    await wait({ revision: first }, { state: 'converged', ends: 'at once' });
    await resume(cluster, 'node-2');
    await settled();
  });

  test('paused: absent when its time is over, with who and why; resumed: converged', async () => {
    await pause(cluster, 'node-3', 'a new disk');
    const revision = await importNew('Held');
    await wait({ revision }, { state: 'absent', ends: 'by timeout', reason: /node-3.*paused.*a new disk/s });
    await wait({ revision, nodes: 'node-1,node-2' }, { state: 'converged', ends: 'at once' });
    await wait({ revision }, { state: 'converged', ends: 'by event' }, () => resume(cluster, 'node-3'));
    await settled();
  });

  test('offline: absent when its time is over; back again: converged', async () => {
    await signal(cluster, 'SIGSTOP', 'sync-agent', 'node-3');
    try {
      const revision = await importNew('Unseen');
      await waitFor(async () => (await cluster.status('node-3')).state === 'offline', { what: 'node-3 offline' });
      await wait({ revision }, { state: 'absent', ends: 'by timeout', reason: /node-3/ });
      await wait({ revision, nodes: 'node-3' }, { state: 'absent', ends: 'by timeout' });
      await wait({ revision, quorum: 2 }, { state: 'converged', ends: 'at once' });
      await wait({ revision, quorum: 3 }, { state: 'converged', ends: 'by event' }, () =>
        signal(cluster, 'SIGCONT', 'sync-agent', 'node-3'),
      );
    } finally {
      await signal(cluster, 'SIGCONT', 'sync-agent', 'node-3');
    }
    await settled();
  });

  test('enrolled and never heard of: absent; retired: it does not count', async () => {
    await run(
      databaseUrl,
      `insert into node (id, storage_id, instance, lease_until, enrolled_at)
       values ('node-9', 'nowhere', 'never', clock_timestamp() - interval '1 minute', clock_timestamp() - interval '2 minutes')`,
    );
    await waitFor(async () => (await cluster.status('node-9')).state !== undefined, { what: 'node-9 to be known' });
    await wait({}, { state: 'absent', ends: 'by timeout', reason: /node-9.*never/s });
    await retire(cluster, 'node-9');
    await settled();
  });

  test('a revision that is not there, and questions that make no sense, are refused at once', async () => {
    const refused = (query: WaitQuery, status: number, code: string) =>
      expectRefusal(cluster.statusUrl, query, { status, code, ends: 'at once' });
    await refused({ revision: 9_999 }, 404, 'revision-unknown');
    await refused({ nodes: 'node-77' }, 404, 'node-unknown');
    await refused({ wait: '11m' }, 400, 'wait-too-long');
    await refused({ quorum: 0 }, 400, 'invalid-request');
    await refused({ quorum: 'most' }, 400, 'invalid-request');
  });

  test('a quorum of more nodes than are expected: absent, for another may still enrol; of more than are named: refused', async () => {
    await wait({ quorum: 4 }, { state: 'absent', ends: 'by timeout', reason: /4.*3/ });
    const refused = { status: 400, code: 'quorum-too-large', ends: 'at once' } as const;
    await expectRefusal(cluster.statusUrl, { nodes: 'node-1,node-2', quorum: 3 }, refused);
  });

  test('the database is away: it says so, and never that it is converged', async () => {
    toDatabase.setNewConnections('reset');
    toDatabase.reset();
    const away = { status: 503, code: 'database-away' } as const;
    try {
      await waitFor(async () => (await fetch(`${cluster.statusUrl}/convergence`)).status === 503, {
        what: 'a status-service without its database',
      });
      await expectRefusal(cluster.statusUrl, {}, { ...away, ends: 'at once' });
    } finally {
      toDatabase.heal();
    }
    await settled();
  });
});

describe('wait, where there is nothing to wait for', () => {
  test('no node has enrolled: never converged, timed out; the service ends: so does the wait', async () => {
    const { url } = await createDatabase();
    await migrate(url);
    const status = await startStatus({ DATABASE_URL: url });
    try {
      await expectWait(status.url, {}, { state: 'timed-out', ends: 'by timeout', reason: /no node/ });
      await expectWait(status.url, { revision: 0 }, { state: 'timed-out', ends: 'by timeout', reason: /no node/ });
      const stopping = { status: 503, code: 'stopping', ends: 'by event' } as const;
      await expectRefusal(status.url, {}, stopping, () => void status.stop());
    } finally {
      await status.stop();
    }
  });
});

async function run(databaseUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
