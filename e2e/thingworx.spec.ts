import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Convergence } from '@muster/contracts';
import { buildPackage } from '@muster/testing';
import { Cluster, request, type Answer } from './cluster.js';
import { extensionsIn } from './disk.js';

const KEY = '0d0f5cf1-5a0e-4d0c-9f49-b4a1d62c1f60';
const HEADERS = { 'X-XSRF-TOKEN': 'TWX-XSRF-TOKEN-VALUE', 'X-THINGWORX-SESSION': 'true', Accept: 'application/json' };

interface Table {
  readonly rows: readonly Record<string, unknown>[];
}
interface Report {
  readonly rows: readonly Record<
    'validate' | 'install',
    { rows: { extensionReportStatus: number; reportMessage: string }[] }
  >[];
}

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ env: { MUSTER_APP_KEYS: `${KEY}:pipeline` } });
});
afterAll(() => cluster.down());

/** As ThingCLI does it, under the one address that a cluster has: the status-service passes it on. */
function call<T>(address: string, init: RequestInit = {}): Promise<Answer<T>> {
  const headers = { ...HEADERS, appKey: KEY, ...(init.headers as Record<string, string>) };
  return request(`${cluster.statusUrl}/Thingworx/${address}`, { method: 'POST', ...init, headers });
}

function service<T = Table>(name: string, body: object): Promise<Answer<T>> {
  const headers = { 'Content-Type': 'application/json' };
  return call(`Subsystems/PlatformSubsystem/Services/${name}`, { headers, body: JSON.stringify(body) });
}

function upload(version: string, query = 'purpose=import'): Promise<Answer<Report>> {
  const zip = buildPackage({ name: 'Pipeline', version, files: { 'ui/p/p.js': version } });
  const body = new FormData();
  body.append('file', new Blob([new Uint8Array(zip)]), `Pipeline-${version}.zip`);
  return call(`ExtensionPackageUploader?${query}`, { body });
}

const rowsOf = ({ body }: Answer<Report>, kind: 'validate' | 'install') =>
  body.rows.flatMap((row) => row[kind]?.rows ?? []).map((row) => row.extensionReportStatus);

/** On how many nodes the file is served, and with what in it, once the cluster is converged. */
async function served(): Promise<string[]> {
  expect((await request<Convergence>(`${cluster.statusUrl}/convergence?wait=60s`)).body.state).toBe('converged');
  const answers = cluster.nodeIds.map((node) =>
    request<string>(`${cluster.agentUrl(node)}/Thingworx/Common/extensions/Pipeline/ui/p/p.js`),
  );
  return (await Promise.all(answers)).map(({ status, body }) => (status === 200 ? body : String(status)));
}

test("a pipeline's calls bring a package to every node, upgrade it, leave it, refuse it, and take it away", async () => {
  expect((await service('GetExtensionPackageDetails', { packageName: 'Pipeline' })).status).toBe(404);
  expect((await service('DeleteExtensionPackage', { packageName: 'Pipeline' })).status).toBe(404);
  const first = await upload('1.0.0');
  expect([first.status, rowsOf(first, 'validate'), rowsOf(first, 'install')]).toEqual([200, [0], [0]]);
  expect(await served()).toEqual(['1.0.0', '1.0.0', '1.0.0']);

  expect(rowsOf(await upload('1.1.0'), 'install')).toEqual([0]);
  const list = await service('GetExtensionPackageList', {});
  expect(list.body.rows).toMatchObject([{ name: 'Pipeline', packageVersion: '1.1.0' }]);
  expect(await served()).toEqual(['1.1.0', '1.1.0', '1.1.0']);

  const same = await upload('1.1.0', 'purpose=import&validate=false');
  expect([same.status, rowsOf(same, 'install')]).toEqual([200, [2]]);
  const lower = await upload('1.0.0', 'purpose=import&validate=false');
  expect([lower.status, rowsOf(lower, 'validate'), rowsOf(lower, 'install')]).toEqual([406, [1], []]);
  const log = await call<Table>('Logs/ApplicationLog/Services/QueryLogEntries', {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ fromLogLevel: 'WARN', toLogLevel: 'ERROR', maxItems: 1 }),
  });
  expect(log.body.rows).toMatchObject([
    {
      content: expect.stringContaining('A newer version of Pipeline is already installed') as string,
      user: 'pipeline',
    },
  ]);
  expect(await served()).toEqual(['1.1.0', '1.1.0', '1.1.0']);

  const nodes = await call<{ nodes: { name: string; status: string }[] }>(
    'Subsystems/ClusteringSubsystem/Services/GetClusterStatus',
  );
  expect(nodes.body.nodes.map(({ name, status }) => [name, status])).toEqual(
    cluster.nodeIds.map((node) => [node, 'ONLINE']),
  );
  const removed = await service<string>('DeleteExtensionPackage', { packageName: 'Pipeline' });
  expect([removed.status, removed.body]).toEqual([200, '']);
  expect(await served()).toEqual(['404', '404', '404']);
  for (const node of cluster.nodeIds) expect(extensionsIn(cluster.storage(node))).toEqual([]);
});

test('who brings no key is refused, and no key stands in any log', async () => {
  const asked = await request<string>(`${cluster.statusUrl}/Thingworx/ExtensionPackages`);
  expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Basic')]);
  const open = await request<Table>(`${cluster.statusUrl}/Thingworx/ExtensionPackages?appKey=${KEY}`);
  expect(open.status).toBe(200);
  expect((await request(`${cluster.statusUrl}/Thingworx/ready`)).status).toBe(200);
  const logs = path.join(cluster.directory, 'logs');
  const logged = readdirSync(logs).map((name) => readFileSync(path.join(logs, name), 'utf8'));
  expect(logged.filter((text) => text.includes('appKey=[secret]'))).toHaveLength(2);
  expect(logged.filter((text) => text.includes(KEY))).toEqual([]);
});
