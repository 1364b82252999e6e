import { buildPackage, waitFor } from '@muster/testing';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { RunningService } from '../spec/running-service.js';

test('the running service forgets old history and old zips, and keeps what is younger', async () => {
  const lines: string[] = [];
  const env = { MUSTER_COLLECT_PERIOD: '100ms', MUSTER_HISTORY_DAYS: '7' };
  const service = await RunningService.start({ env, lines });
  const owner = new Client({ connectionString: service.database.ownerUrl });
  await owner.connect();
  onTestFinished(() => owner.end());
  for (const version of ['1.0', '1.1']) {
    expect((await service.import(buildPackage({ name: 'Aged', version }))).status).toBe(201);
  }
  await owner.query(`
    update package set released_at = now() - interval '31 days' where version = '1.0';
    insert into node_action (node, instance, seq, extension, kind, action, outcome, detector, started_at, at)
      select 'node-1', 'i', days, 'Aged', 'wanted-change', 'install', 'done', 'event', now(), now() - days * interval '1 day'
      from unnest(array[1, 6, 8, 100]) days`);
  await waitFor(async () => (await owner.query('select from node_action')).rowCount === 2, {
    what: 'old actions gone',
  });
  expect((await owner.query('select seq::int from node_action order by seq')).rows).toEqual([{ seq: 1 }, { seq: 6 }]);
  const purged = await waitFor(
    async () => {
      const answer = await service.rollBack('Aged', {}, '?dryRun=true');
      return answer.status === 410 && answer.body;
    },
    { what: 'the old zip gone' },
  );
  expect(purged).toMatchObject({ code: 'package-purged', remedy: expect.stringContaining('1.1') });
  expect(lines.some((line) => line.includes('forgot 2 actions of nodes'))).toBe(true);
});
