import { migrate } from '@muster/catalog';
import type { Freeze, ImportPlan, NodePause, NodeRetired } from '@muster/contracts';
import { buildPackage, createDatabase, temporaryDirectory, waitFor, type TestDatabase } from '@muster/testing';
import { chmod, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { RunningService, type Answer } from './spec/running-service.js';
import { StandInAgent } from './spec/stand-in-agent.js';

let database: TestDatabase;
let service: RunningService;
let owner: Client;
let hook: string;
const log: string[] = [];

beforeAll(async () => {
  database = await createDatabase({ migrate });
  owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  hook = path.join(await temporaryDirectory('hook'), 'hook.sh');
  await writeFile(hook, '#!/bin/sh\n[ "$MUSTER_EXTENSION" != Slow ] || while [ ! -e "$0.go" ]; do sleep 0.05; done\n');
  await chmod(hook, 0o755);
  service = await RunningService.start({ database, node: 'origin', env: { MUSTER_DEPLOY_HOOK: hook }, lines: log });
  for (const version of ['1.0', '1.1']) {
    const { status, body } = await service.import(buildPackage({ name: 'There', version }));
    expect(status, JSON.stringify(body)).toBe(201);
  }
});
beforeEach(async () => {
  await service.hold('/freeze');
  await owner.query('truncate node cascade');
});
afterAll(async () => {
  await service.close();
  await owner.end();
  await database.drop();
});

const REASON = 'closing of the month';
const headOf = async (): Promise<number> => (await service.request<{ revision: number }>('/extensions')).body.revision;
const gaugeOf = async (): Promise<string | undefined> =>
  /^muster_frozen\{?[^ ]*\}? (\d)$/m.exec((await service.request<string>('/metrics')).body)?.[1];
const planOf = async (answer: Promise<unknown>): Promise<ImportPlan> => ((await answer) as Answer<ImportPlan>).body;

/** Sends the headers and a few bytes of an upload that never ends, and reads the answer. */
function beginUpload(): Promise<{ status: number; code: string; remedy: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/zip', 'content-length': '100000000' };
    const upload = httpRequest(`${service.url}/imports`, { method: 'POST', headers }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += String(piece)));
      answer.on('end', () => {
        upload.destroy();
        resolve(JSON.parse(text));
      });
    });
    upload.on('error', reject);
    upload.write(Buffer.alloc(1_000));
  });
}

test('a freeze is told, kept and ended', async () => {
  expect([(await service.request<Freeze>('/freeze')).body, await gaugeOf()]).toEqual([{}, '0']);
  const set = await service.hold<Freeze>('/freeze', `  ${REASON} `);
  expect([set.status, set.body.frozen]).toMatchObject([200, { actor: 'local', reason: REASON }]);
  const again = await service.hold<Freeze>('/freeze', 'audit');
  expect(again.body.frozen).toMatchObject({ since: set.body.frozen?.since, reason: 'audit' });
  expect([(await service.request<Freeze>('/freeze')).body, await gaugeOf()]).toEqual([again.body, '1']);
  for (let twice = 0; twice < 2; twice += 1) {
    const ended = await service.hold<Freeze>('/freeze');
    expect([ended.status, ended.body]).toEqual([200, {}]);
  }
  for (const reason of ['', ' ', 'x'.repeat(501)]) expect((await service.hold('/freeze', reason)).status).toBe(400);
  const { rows } = await owner.query(`select action, outcome, detail->>'asked' as asked from audit
    where action like '%freeze' and detail->>'asked' = 'audit'`);
  expect(rows).toEqual([{ action: 'freeze', outcome: 'ok', asked: 'audit' }]);
});

test('while frozen nothing is taken, before a byte is read; the refusal repeats the reason, a dry run lists it', async () => {
  const head = await headOf();
  const since = (await service.hold<Freeze>('/freeze', REASON)).body.frozen?.since ?? '';
  const changes = [
    service.import(buildPackage({ name: 'New' })),
    service.import(buildPackage({ name: 'There', version: '1.1' })),
  ];
  for (const { status, body } of await Promise.all(changes)) expect([status, body.code]).toEqual([409, 'frozen']);
  for (const { status, body } of [await service.remove('There'), await service.rollBack('There')]) {
    expect([status, body.code], JSON.stringify(body)).toEqual([409, 'frozen']);
    for (const told of [REASON, since, 'local']) expect(body.detail).toContain(told);
    expect(body.remedy).toContain('DELETE /freeze');
  }
  expect(await beginUpload()).toMatchObject({ status: 409, code: 'frozen', step: 'receive', undone: [] });
  const upload = { method: 'POST', body: new Uint8Array(buildPackage({ name: 'New' })) };
  const dry = await planOf(service.request('/imports?dryRun=true', upload));
  expect(dry).toMatchObject({ accepted: false, changes: [], package: { name: 'New' }, reasons: [{ code: 'frozen' }] });
  const back = await planOf(service.rollBack('There', {}, '?dryRun=true'));
  expect(back).toMatchObject({ accepted: false, package: { version: '1.0' }, reasons: [{ code: 'frozen' }] });
  expect(await headOf()).toBe(head);
  await service.hold('/freeze');
  expect((await service.import(buildPackage({ name: 'New' }))).status).toBe(201);
});

test('an import that is past the first look is backed out where the catalog was frozen meanwhile', async () => {
  const head = await headOf();
  const slow = service.import(buildPackage({ name: 'Slow' }));
  await waitFor(async () => (await service.installed()).includes('Slow'), { what: 'the hook', deadlineMs: 30_000 });
  const waiting = service.import(buildPackage({ name: 'Waiting' }));
  await waitFor(async () => (await service.leftovers()).length >= 3, { what: 'one that waits for the lock' });
  expect((await service.hold('/freeze', REASON)).status).toBe(200);
  await writeFile(`${hook}.go`, '');
  const backedOut = await slow;
  expect([backedOut.status, backedOut.body.code, backedOut.body.step]).toEqual([409, 'frozen', 'commit']);
  expect(backedOut.body.detail).toContain(REASON);
  expect(backedOut.body.undone?.length).toBeGreaterThan(1);
  const second = (await waiting).body;
  expect([second.code, second.step]).toEqual(['frozen', 'origin']);
  expect([await headOf(), await service.leftovers()]).toEqual([head, []]);
  expect(await service.installed()).not.toContain('Slow');
});

test('a paused origin takes nothing, another does; the node is woken, and says since when', async () => {
  const agent = await StandInAgent.start(database, 'origin');
  const heard = agent.heard.length;
  const paused = await service.hold<NodePause>('/nodes/origin/pause', 'new memory');
  expect([paused.status, paused.body]).toMatchObject([200, { node: 'origin', paused: { reason: 'new memory' } }]);
  await waitFor(() => agent.heard.length > heard, { what: 'the node to be woken' });
  expect(agent.heard.at(-1)).toMatchObject({ type: 'OrdersGiven', nodes: ['origin'] });
  for (const { body } of [
    await service.import(buildPackage({ name: 'Held' })),
    await service.remove('There'),
    await service.rollBack('There'),
  ]) {
    expect(body).toMatchObject({ status: 409, code: 'node-paused' });
    for (const told of ['new memory', 'local', paused.body.paused?.since ?? '?']) expect(body.detail).toContain(told);
    expect(body.remedy).toContain('DELETE /nodes/origin/pause');
  }
  const dry = await planOf(service.rollBack('There', {}, '?dryRun=true'));
  expect(dry.reasons.map(({ code }) => code)).toEqual(['node-paused']);
  const other = await RunningService.start({ database, node: 'other' });
  expect((await other.import(buildPackage({ name: 'Held' }))).status).toBe(201);
  const resumed = await service.hold<NodePause>('/nodes/origin/pause');
  expect([resumed.status, resumed.body]).toEqual([200, { node: 'origin' }]);
  await waitFor(() => agent.heard.filter(({ type }) => type === 'OrdersGiven').length === 2, { what: 'woken again' });
  expect((await service.hold('/nodes/origin/pause')).status).toBe(200);
  expect((await service.rollBack('There')).status).toBe(201);
});

test('a node that is gone is retired, a living one is not; who was never there is unknown', async () => {
  const agent = await StandInAgent.start(database, 'leaving');
  const live = await service.hold('/nodes/leaving');
  expect([live.status, live.body.code]).toEqual([409, 'node-live']);
  expect(live.body.remedy).toContain('Stop its agent');
  await agent.goAway();
  const retired = await service.hold<NodeRetired>('/nodes/leaving');
  expect([retired.status, retired.body.node]).toEqual([200, 'leaving']);
  expect((await service.hold('/nodes/leaving')).body).toEqual(retired.body);
  const paused = await service.hold('/nodes/leaving/pause', 'gone');
  expect([paused.status, paused.body.code]).toEqual([409, 'node-retired']);
  await agent.comeBack();
  expect((await service.hold('/nodes/leaving/pause', 'welcome')).status).toBe(200);
  for (const [address, reason] of [['/nodes/nobody'], ['/nodes/nobody/pause', 'x'], ['/nodes/nobody/pause']] as const) {
    expect((await service.hold(address, reason)).body).toMatchObject({ status: 404, code: 'node-unknown' });
  }
  const { rows } = await owner.query(
    "select action, outcome from audit where subject = 'leaving' and action like '%-node' order by id",
  );
  expect(rows.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'retire-node node-live',
    'retire-node ok',
    'retire-node ok',
    'pause-node node-retired',
    'pause-node ok',
  ]);
});

test('every revision has a trace: the one of the request, or one that is made; the log tells it', async () => {
  const sent = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traces = [`00-${sent}-00f067aa0ba902b7-01`, '00-zz-x-01', undefined];
  for (const [index, traceparent] of traces.entries()) {
    const headers = traceparent === undefined ? {} : { traceparent };
    const { body } = await service.import(
      buildPackage({ name: `Traced-${index}` }),
      '',
      headers as Record<string, string>,
    );
    const { rows } = await owner.query('select traceparent from revision where number = $1', [body.revision]);
    const stored: string = rows[0]?.traceparent;
    expect(stored).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(stored.includes(sent)).toBe(index === 0);
    expect(log.find((line) => line.includes(`import Traced-${index}: ok`))).toContain(stored.split('-')[1]);
  }
});
