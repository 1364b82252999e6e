import { migrate } from '@muster/catalog';
import { buildPackage, createDatabase, type TestDatabase } from '@muster/testing';
import { beforeAll, expect, test } from 'vitest';
import { RunningService } from '../spec/running-service.js';
import type { LogRow } from './log.controller.js';
import { APP_KEY, Facade, KEY, USER } from './spec/facade.js';

const ORIGIN = 'c.t.webservices.ExtensionPackageUploader';
const env = { MUSTER_APP_KEYS: `${KEY}:${USER}` };
let database: TestDatabase;

async function query(facade: Facade, input: object, log = 'ApplicationLog'): Promise<LogRow[]> {
  const answer = await facade.send({
    path: `/Logs/${log}/Services/QueryLogEntries`,
    headers: { ...APP_KEY, 'Content-Type': 'application/json' },
    body: JSON.stringify(input),
  });
  expect(answer.status, answer.text).toBe(200);
  return answer.json<{ rows: LogRow[] }>().rows;
}

/** What was done on a service that has ended since. */
beforeAll(async () => {
  database = await createDatabase({ migrate });
  const first = await RunningService.start({ database, env });
  const facade = new Facade(first.url);
  await facade.upload(buildPackage({ name: 'Good', version: '1.1' }));
  await facade.upload(buildPackage({ name: 'Good', version: '1.0' }));
  await facade.upload(Buffer.from('no zip [at all]'));
  await facade.upload(buildPackage({ name: 'Good', version: '1.1', files: { x: 'other' } }));
  await facade.upload(
    buildPackage({ name: 'Needy', dependsOn: [{ name: 'Missing', version: '1' }] }),
    '?validate=true',
  );
  await facade.service('DeleteExtensionPackage', { packageName: 'Nobody' });
  await first.close();
});

test('why each upload was refused is told by another service on the same catalog, after a restart', async () => {
  const facade = new Facade((await RunningService.start({ database, node: 'node-2', env })).url);
  const rows = await query(facade, { oldestFirst: true });
  expect(rows.map(({ level, origin, instance }) => [level, origin, instance])).toEqual([
    ['INFO', ORIGIN, 'Good'],
    ['INFO', ORIGIN, 'Good'],
    ['ERROR', ORIGIN, 'Good'],
    ['ERROR', ORIGIN, ''],
    ['INFO', ORIGIN, 'Good'],
    ['WARN', ORIGIN, 'Good'],
    ['ERROR', ORIGIN, 'Needy'],
    ['ERROR', 'c.t.s.subsystems.platform.PlatformSubsystem', 'Nobody'],
  ]);
  expect(rows.map(({ content }) => content)).toEqual([
    'import Good: ok in revision 1',
    'import Good: unchanged',
    expect.stringContaining(
      'Extension Exception: import Good: A newer version of Good is already installed: 1.1.0, and this is 1.0.0',
    ),
    expect.stringMatching(/^Extension Exception: import .*\[.*\]$/),
    'import Good: unchanged',
    expect.stringContaining('other bytes'),
    expect.stringContaining('validate Needy: "Needy" needs "Missing" 1'),
    expect.stringContaining('[extension-unknown]'),
  ]);
  for (const { timestamp, user, thread } of rows) {
    expect(Math.abs(Date.now() - timestamp)).toBeLessThan(600_000);
    expect([user, thread]).toEqual([USER, expect.stringMatching(/\S/)]);
  }
  expect(await query(facade, {})).toEqual(rows.toReversed());
  const seen = async (input: object) =>
    (await query(facade, { oldestFirst: true, ...input })).map((row) =>
      rows.findIndex((one) => one.thread === row.thread && one.content === row.content),
    );
  expect(await seen({ maxItems: 2 })).toEqual([0, 1]);
  expect(await seen({ fromLogLevel: 'WARN', toLogLevel: 'WARN' })).toEqual([5]);
  expect(await seen({ searchExpression: 'NEWER version' })).toEqual([2]);
  expect(await seen({ searchExpression: '(?s).*\\Q"Missing" 1\\E.*', isRegex: true })).toEqual([6]);
  expect(await seen({ searchExpression: 'import', isRegex: true })).toEqual([]);
  expect(await seen({ searchExpression: '.*(other bytes|newer).*', isRegex: true })).toEqual([2, 5]);
  expect(await seen({ user: 'nobody' })).toEqual([]);
  expect(await seen({ instance: 'Good', fromLogLevel: 'ERROR', toLogLevel: 'ERROR' })).toEqual([2]);
  expect(await seen({ thread: rows[2]?.thread })).toEqual([1, 2]);
  expect(await seen({ origin: ORIGIN })).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(await seen({ endDate: new Date(0).toISOString() })).toEqual([]);
  expect(await seen({ startDate: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
  expect(await query(facade, {}, 'ScriptLog')).toEqual([]);
});

test('an expression that cannot be understood is refused', async () => {
  const facade = new Facade((await RunningService.start({ database, node: 'node-3', env })).url);
  const answer = await facade.send({
    path: '/Logs/ApplicationLog/Services/QueryLogEntries',
    headers: { ...APP_KEY, 'Content-Type': 'application/json' },
    body: JSON.stringify({ searchExpression: '.*[.*', isRegex: true }),
  });
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('\\Q…\\E')]);
});
