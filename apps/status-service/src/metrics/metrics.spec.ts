import { randomUUID } from 'node:crypto';
import { Catalog } from '@muster/catalog';
import { waitFor } from '@muster/testing';
import { expect, test } from 'vitest';
import { convergence, get, TestCluster } from '../spec/cluster.js';
import { EventReader } from '../spec/event-reader.js';
import { parking } from '../spec/fake-node.js';

/** `name{labels}` → value, without the label that every metric has. */
async function metricsOf(service: Parameters<typeof get>[0]): Promise<Map<string, number>> {
  const { body } = await get<string>(service, '/metrics');
  const lines = body.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm);
  return new Map(
    [...lines].map(([, name = '', labels = '', value]): [string, number] => {
      const own = labels.split(',').filter((label) => label !== '' && !label.startsWith('service='));
      return [own.length === 0 ? name : `${name}{${own.join(',')}}`, Number(value)];
    }),
  );
}

test('metrics tell each expected node, where the time went, and who watches', async () => {
  const cluster = await TestCluster.start();
  const agents = Catalog.connect({ url: cluster.database.urlAs('muster_agent'), applicationName: 'spec-actions' });
  try {
    const [one, two] = await cluster.nodes(2);
    const service = await cluster.service({ MUSTER_POLL_INTERVAL: '500ms' });
    const revision = await cluster.commit('App 1.0');
    const committedAt = Date.now();
    await one!.prove({ clockOffsetMs: -1_500, queue: [{ extension: 'App', revision }] });
    await two!.prove({}, parking('App'));
    const reader = await EventReader.open(service);
    const before = await waitFor(
      async () => {
        const told = await metricsOf(service);
        return told.get('muster_node_parked{node="node-2"}') === 1 ? told : undefined;
      },
      { what: 'the parked extension' },
    );
    expect(Object.fromEntries(before)).toMatchObject({
      'muster_node_live{node="node-1"}': 1,
      'muster_node_in_sync{node="node-1"}': 1,
      'muster_node_in_sync{node="node-2"}': 0,
      'muster_node_queued{node="node-1"}': 1,
      'muster_node_clock_offset_seconds{node="node-1"}': -1.5,
      'muster_node_lag_revisions{node="node-1"}': 0,
      'muster_convergence_stage_seconds_count{stage="deploy"}': 0,
      muster_database_up: 1,
      muster_converged: 0,
      muster_frozen: 0,
      muster_watchers: 1,
    });
    expect(before.has('muster_node_clock_offset_seconds{node="node-2"}')).toBe(false);
    await cluster.catalog.freeze.freeze({ reason: 'upgrade', actor: 'spec' });

    await two!.prove();
    await waitFor(async () => (await convergence(service, revision)).state === 'converged', { what: 'convergence' });
    const change = {
      extension: 'App',
      kind: 'wanted-change',
      action: 'install',
      outcome: 'done',
      detector: 'event',
    } as const;
    // What happened that long ago happened after the commit.
    await waitFor(() => Date.now() > committedAt + 1_000, { what: 'a commit that is older than all that followed' });
    const ages = { received: 900, started: 800, fetched: 700, staged: 600, switched: 500, deployed: 400 };
    const told = { ...change, seq: 1, revision, head: revision };
    await agents.nodeActions.insert('node-1', randomUUID(), [
      { ...told, agesMs: { ...ages, proven: 390, ended: 390 } },
    ]);
    await agents.nodeActions.insert('node-2', randomUUID(), [
      { ...told, agesMs: { ...ages, proven: 300, ended: 300 } },
    ]);
    const after = await waitFor(
      async () => {
        const now = await metricsOf(service);
        const isTold = now.get('muster_convergence_stage_seconds_count{stage="prove"}') === 1;
        return isTold && now.get('muster_frozen') === 1 ? now : undefined;
      },
      { what: 'the stages' },
    );
    expect(after.get('muster_convergence_stage_seconds_sum{stage="prove"}')).toBeCloseTo(0.1, 3);
    expect(after.get('muster_convergence_stage_seconds_sum{stage="deploy"}')).toBeCloseTo(0.1, 3);
    expect(after.get('muster_commit_to_last_node_seconds_count')).toBe(1);

    await two!.prove({ state: 'retired' });
    await waitFor(async () => (await cluster.catalog.nodes.retire('node-2')) === 'retired', {
      what: 'its lease to end',
    });
    await waitFor(async () => !(await metricsOf(service)).has('muster_node_live{node="node-2"}'), {
      what: 'no value of a node that was retired',
    });
    await reader.close();
    await waitFor(async () => (await metricsOf(service)).get('muster_watchers') === 0, { what: 'nobody who watches' });
  } finally {
    await agents.close();
    await cluster.end();
  }
});
