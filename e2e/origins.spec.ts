import { expect, test } from 'vitest';
import type { ExtensionList, RevisionList } from '@muster/contracts';
import { buildPackage } from '@muster/testing';
import { Cluster, countOn, describeOnEachLog, request } from './cluster.js';
import { digestOfTree } from './disk.js';

const ROUNDS = 100;

describeOnEachLog('two origins at once', (log) => {
  const rounds = countOn(log, ROUNDS, ROUNDS / 4);

  test(`${rounds} times: every answer is 200, 201 or 409, one history, both origins equal the catalog`, async () => {
    const cluster = await Cluster.start({ log, nodes: 2, origins: 2 });
    try {
      const statuses = new Map<number, number>();
      for (let round = 1; round <= rounds; round += 1) {
        const same = buildPackage({ name: 'Same', version: `1.0.${round}` });
        const first = buildPackage({ name: 'Rival', version: `1.${round}.0` });
        const second = buildPackage({ name: 'Rival', version: `1.${round}.1` });
        const answers = await Promise.all([
          cluster.import(round % 2 === 0 ? same : first, { origin: 1, query: '?allowDowngrade=true' }),
          cluster.import(round % 2 === 0 ? same : second, { origin: 2, query: '?allowDowngrade=true' }),
        ]);
        for (const { status, body } of answers) {
          expect([200, 201, 409], JSON.stringify(body)).toContain(status);
          if (status === 409) expect(body.detail.length).toBeGreaterThan(20);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
        expect(answers.some(({ status }) => status === 201)).toBe(true);
      }
      expect((await cluster.convergence()).state).toBe('converged');
      const histories = await Promise.all(
        [1, 2].map(async (origin) => {
          const list = (await request<ExtensionList>(`${cluster.importUrl(origin)}/extensions`)).body;
          const { revisions } = (
            await request<RevisionList>(`${cluster.importUrl(origin)}/revisions?after=0&limit=1000`)
          ).body;
          return { list, chains: revisions.map(({ revision, chain }) => `${revision} ${chain}`) };
        }),
      );
      expect(histories[0]).toEqual(histories[1]);
      expect(histories[0]!.chains).toHaveLength(statuses.get(201)!);
      for (const name of ['Same', 'Rival']) {
        expect(digestOfTree(cluster.extension('node-1', name))).toBe(digestOfTree(cluster.extension('node-2', name)));
      }
    } finally {
      await cluster.down();
    }
  });
});
