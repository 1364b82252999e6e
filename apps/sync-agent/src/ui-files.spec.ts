import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { TrialAgent } from './spec/trial-agent.js';
import { TrialCluster } from './spec/trial-cluster.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let cluster: TrialCluster;
let agent: TrialAgent;
beforeAll(async () => {
  cluster = await TrialCluster.create();
  const files = (version: string) => ({ 'ui/w/w.js': version, 'ui/@types/index.d.ts': 'types', 'lib/x.jar': 'jar' });
  await cluster.commit({ name: 'App', files: files('one') }, { name: 'Bad', files: files('bad') });
  const hook = 'test "$MUSTER_EXTENSION" != Bad';
  agent = await cluster.agent({ MUSTER_DEPLOY_HOOK: hook, MUSTER_DRIFT_PERIOD: '1h' });
  await agent.until(
    'both tried',
    ({ extensions }) => extensions.find(({ name }) => name === 'Bad')?.state === 'parked',
  );
});
afterAll(() => cluster.end());

/** The path as it stands: `fetch` would resolve its dots. */
async function get(address: string, headers = {}): Promise<readonly [number | undefined, string, IncomingMessage]> {
  const sent = request(agent.url, { path: `/Thingworx/Common/extensions/${address}`, headers }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return [answer.statusCode, await text(answer), answer];
}

test('a file below ui/ of what is installed here, until it is another one', async () => {
  const [status, body, { headers }] = await get('App/ui/w/w.js');
  expect([status, body, headers['content-type']]).toEqual([200, 'one', 'text/javascript; charset=utf-8']);
  expect(headers['cache-control']).toBe('no-cache');
  expect((await get('App/ui/%40types/index.d.ts'))[1]).toBe('types');
  const known = { 'if-none-match': headers.etag ?? '' };
  expect((await get('App/ui/w/w.js', known))[0]).toBe(304);
  await cluster.commit({ name: 'App', version: '1.1', files: { 'ui/w/w.js': 'two' } });
  await agent.until(
    'the upgrade',
    ({ extensions }) => extensions.find(({ name }) => name === 'App')?.version === '1.1',
  );
  expect((await get('App/ui/w/w.js', known)).slice(0, 2)).toEqual([200, 'two']);
});

test('nothing else', async () => {
  const ui = path.join(cluster.extension('App'), 'ui');
  symlinkSync('/etc/hostname', path.join(ui, 'link'));
  symlinkSync('/etc', path.join(ui, 'etc'));
  mkdirSync(cluster.extension('Foreign/ui'), { recursive: true });
  writeFileSync(cluster.extension('Foreign/ui/x.js'), 'x');
  for (const address of [
    'App/ui/none.js',
    'App/ui/w',
    'App/ui/',
    'App/ui',
    'App/lib/x.jar',
    'App/App.chk',
    'App/ui/../lib/x.jar',
    'App/ui/..%2fApp.chk',
    'App/ui/%2e%2e/App.chk',
    'App/ui/link',
    'App/ui/etc/hostname',
    'App/ui//w/w.js',
    '../../../etc/ui/hostname',
    '..%2f..%2f/ui/x',
    'Bad/ui/w/w.js',
    'Foreign/ui/x.js',
    'Nobody/ui/x.js',
  ]) {
    const [status, body] = await get(address);
    expect([status, body.includes('not-found')], address).toEqual([404, true]);
  }
});
