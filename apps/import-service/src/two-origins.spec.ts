import { migrate } from '@muster/catalog';
import type { RevisionList } from '@muster/contracts';
import { buildPackage, createDatabase, temporaryDirectory, waitFor } from '@muster/testing';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { RunningService } from './spec/running-service.js';

const ROUNDS = 10 * Number(process.env.MUSTER_TEST_SCALE ?? '1');

test('two origins at once: one history, every answer 200, 201 or 409', async () => {
  const database = await createDatabase({ migrate });
  const origins = [
    await RunningService.start({ database, node: 'node-1' }),
    await RunningService.start({ database, node: 'node-2' }),
  ];
  let made = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const same = buildPackage({ name: 'Same', version: `1.0.${round}` });
    const rivals = [0, 1].map((index) => buildPackage({ name: 'Rival', version: `1.${round}.${index}` }));
    const answers = await Promise.all(
      origins.map((origin, index) => origin.import(round % 2 === 0 ? same : (rivals[index] ?? same))),
    );
    for (const { status, body } of answers) {
      expect([200, 201, 409], JSON.stringify(body)).toContain(status);
      if (status === 201) made += 1;
      if (status === 409) expect(body.undone?.length, JSON.stringify(body)).toBeGreaterThan(0);
    }
    expect(answers.some(({ status }) => status === 201)).toBe(true);
  }
  const [first, second] = await Promise.all(
    origins.map(async (origin) => (await origin.request<RevisionList>('/revisions?limit=1000')).body.revisions),
  );
  expect(first?.map(({ chain }) => chain)).toEqual(second?.map(({ chain }) => chain));
  expect(first).toHaveLength(made);
  for (const origin of origins) expect(await origin.leftovers()).toEqual([]);
});

test('the loser of a conflict is backed out and told so, and what it holds can follow', async () => {
  const directory = await temporaryDirectory('hook');
  const hook = path.join(directory, 'hook.sh');
  await writeFile(
    hook,
    `#!/bin/sh\n[ "$MUSTER_VERSION" != 1.2.0 ] || while [ ! -e ${directory}/go ]; do sleep 0.05; done\n`,
  );
  await chmod(hook, 0o755);
  const database = await createDatabase({ migrate });
  const slow = await RunningService.start({ database, node: 'node-1', env: { MUSTER_DEPLOY_HOOK: hook } });
  const quick = await RunningService.start({ database, node: 'node-2' });
  const version = (text: string) => buildPackage({ name: 'Contested', version: text });
  expect((await slow.import(version('1.0.0'))).status).toBe(201);
  const losing = slow.import(version('1.2.0'));
  const jar = path.join(slow.storage, 'extensions/Contested/lib/common/Contested.jar');
  await waitFor(async () => (await readFile(jar, 'utf8')).includes('1.2.0'), {
    what: 'the slow one switched',
    deadlineMs: 60_000,
  });
  const winner = await quick.import(version('1.1.0'));
  expect(winner.status, JSON.stringify(winner.body)).toBe(201);
  await writeFile(path.join(directory, 'go'), '');
  const lost = await losing;
  expect([lost.status, lost.body.code, lost.body.step]).toEqual([409, 'conflict', 'commit']);
  expect(lost.body.detail).toContain('1.1.0');
  expect(lost.body.undone?.length).toBeGreaterThan(1);
  expect(await readFile(jar, 'utf8')).toContain('1.1.0');
  const again = await slow.import(version('1.2.0'));
  expect(again.status, JSON.stringify(again.body)).toBe(201);
  expect(again.body.changes).toMatchObject([{ action: 'upgrade', previousVersion: '1.1.0' }]);
});

test('an origin takes in what it missed before it changes the same extension', async () => {
  const database = await createDatabase({ migrate });
  const one = await RunningService.start({ database, node: 'node-1' });
  const two = await RunningService.start({ database, node: 'node-2' });
  expect((await one.import(buildPackage({ name: 'Base' }))).status).toBe(201);
  const needy = await two.import(buildPackage({ name: 'Needy', dependsOn: [{ name: 'Base', version: '1.0.0' }] }));
  expect(needy.status, JSON.stringify(needy.body)).toBe(201);
  expect(await two.installed()).toEqual(['Base', 'Needy']);
});

test('an origin that cannot be brought to head says so', async () => {
  const database = await createDatabase({ migrate });
  const one = await RunningService.start({ database, node: 'node-1' });
  const two = await RunningService.start({
    database,
    node: 'node-2',
    env: { MUSTER_DEPLOY_HOOK: '[ "$MUSTER_EXTENSION" != Base ] || { echo "licence missing"; exit 3; }' },
  });
  expect((await one.import(buildPackage({ name: 'Base' }))).status).toBe(201);
  const needy = await two.import(buildPackage({ name: 'Needy', dependsOn: [{ name: 'Base', version: '1.0.0' }] }));
  expect([needy.status, needy.body.code, needy.body.step]).toEqual([503, 'origin-behind', 'origin']);
  expect(needy.body.detail).toContain('licence missing');
  const mended = await two.import(buildPackage({ name: 'Alone' }));
  expect(mended.status).toBe(201);
});

test('an entity is taken over on an origin only after its former owner has gone there', async () => {
  const database = await createDatabase({ migrate });
  const one = await RunningService.start({ database, node: 'node-1' });
  const two = await RunningService.start({
    database,
    node: 'node-2',
    env: { MUSTER_DEPLOY_HOOK: '[ "$MUSTER_ACTION" != undeploy ] || { echo "still in use"; exit 4; }' },
  });
  const entities = [{ type: 'Widget', name: 'gauge' }];
  expect((await two.import(buildPackage({ name: 'Former', entities }))).status).toBe(201);
  expect((await one.remove('Former')).status).toBe(200);
  const refused = await two.import(buildPackage({ name: 'Successor', entities }));
  expect([refused.status, refused.body.code]).toEqual([503, 'origin-behind']);
  expect(refused.body.detail).toContain('still in use');
  expect(await two.installed()).toEqual(['Former']);
  expect((await one.import(buildPackage({ name: 'Successor', entities }))).status).toBe(201);
});

test('a storage of another catalog is never touched', async () => {
  const storage = await temporaryDirectory('storage');
  const before = await RunningService.start({ storage });
  expect((await before.import(buildPackage({ name: 'Old' }))).status).toBe(201);
  await before.close();
  const service = await RunningService.start({ storage });
  const other = await RunningService.start({ database: service.database, node: 'node-2' });
  expect((await other.import(buildPackage({ name: 'Current' }))).status).toBe(201);
  for (const name of ['New', 'Current']) {
    const refused = await service.import(buildPackage({ name }));
    expect([refused.status, refused.body.code], name).toEqual([503, 'forked']);
  }
  expect(await service.installed()).toEqual(['Old']);
  expect((await service.request('/health/ready')).status).toBe(503);
});
