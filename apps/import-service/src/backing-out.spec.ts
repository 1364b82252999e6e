import { buildPackage, temporaryDirectory, waitFor } from '@muster/testing';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest, type ClientRequest } from 'node:http';
import path from 'node:path';
import { expect, test } from 'vitest';
import { RunningService } from './spec/running-service.js';

/** A hook that writes down how it was called, and fails for one version. */
async function writeHook(body: string): Promise<{ hook: string; calls: () => Promise<string[]> }> {
  const directory = await temporaryDirectory('hook');
  const [hook, calls] = [path.join(directory, 'hook.sh'), path.join(directory, 'calls')];
  await writeFile(calls, '');
  await writeFile(hook, `#!/bin/sh\necho "$MUSTER_ACTION $MUSTER_EXTENSION $MUSTER_VERSION" >> ${calls}\n${body}\n`);
  await chmod(hook, 0o755);
  return { hook, calls: async () => (await readFile(calls, 'utf8')).trim().split('\n') };
}

const revisionOf = async (service: RunningService): Promise<number> =>
  (await service.request<{ revision: number }>('/extensions')).body.revision;

test('a hook that fails backs out: a first install goes, an upgrade gives way to what was there', async () => {
  const { hook, calls } = await writeHook(
    '[ "$MUSTER_ACTION $MUSTER_VERSION" != "deploy 2.0.0" ] || { echo "no room" >&2; exit 7; }',
  );
  const service = await RunningService.start({ env: { MUSTER_DEPLOY_HOOK: hook } });
  const version = (text: string) => buildPackage({ name: 'Fussy', version: text });

  const first = await service.import(version('2.0.0'));
  expect([first.status, first.body.code, first.body.step]).toEqual([422, 'hook-failed', 'deploy']);
  expect(first.body.detail).toContain('no room');
  expect(first.body.undone?.length).toBeGreaterThan(1);
  expect(await service.installed()).toEqual([]);
  expect(await calls()).toEqual(['deploy Fussy 2.0.0', 'undeploy Fussy 2.0.0']);

  expect((await service.import(version('1.0.0'))).status).toBe(201);
  const upgrade = await service.import(version('2.0.0'));
  expect([upgrade.status, upgrade.body.code, upgrade.body.step]).toEqual([422, 'hook-failed', 'deploy']);
  expect(await calls()).toEqual(expect.arrayContaining(['deploy Fussy 1.0.0']));
  expect((await calls()).at(-1)).toBe('deploy Fussy 1.0.0');
  expect(await readFile(path.join(service.storage, 'extensions/Fussy/lib/common/Fussy.jar'), 'utf8')).toContain(
    '1.0.0',
  );
  expect(await service.leftovers()).toEqual([]);
  expect(await revisionOf(service)).toBe(1);
});

test('a removal runs the undeploy hook first, and is undone where that fails', async () => {
  const marker = path.join(await temporaryDirectory('marker'), 'stubborn');
  const { hook, calls } = await writeHook(
    `[ "$MUSTER_ACTION" != undeploy ] || [ ! -e ${marker} ] || { echo "in use"; exit 1; }`,
  );
  const service = await RunningService.start({ env: { MUSTER_DEPLOY_HOOK: hook } });
  const zip = buildPackage({ name: 'Leaving', entities: [{ type: 'Widget', name: 'leaving' }] });
  await service.import(zip);
  await writeFile(marker, '');
  const refused = await service.remove('Leaving');
  expect([refused.status, refused.body.code, refused.body.step]).toEqual([422, 'hook-failed', 'undeploy']);
  expect(refused.body.detail).toContain('in use');
  expect(await service.installed()).toEqual(['Leaving']);
  expect((await calls()).at(-1)).toBe('deploy Leaving 1.0.0');
  await writeFile(hook, '#!/bin/sh\nexit 0\n');
  const removed = await service.remove('Leaving');
  expect(removed.status, JSON.stringify(removed.body)).toBe(200);
  expect(removed.body.changes).toMatchObject([{ action: 'remove', extension: 'Leaving', version: '1.0.0' }]);
  expect(await service.installed()).toEqual([]);
  expect(await service.leftovers()).toEqual([]);
  expect((await service.request<{ entities: unknown[] }>('/entities')).body.entities).toEqual([]);
  const again = await service.remove('Leaving');
  expect([again.status, again.body.code]).toEqual([404, 'extension-unknown']);
  expect((await service.import(zip)).status).toBe(201);
});

test('a purged removal takes the zip with it; another keeps it', async () => {
  const service = await RunningService.start();
  for (const [name, query, status] of [
    ['Kept', '', 200],
    ['Purged', '?purge=true', 404],
  ] as const) {
    const { body } = await service.import(buildPackage({ name }));
    expect((await service.remove(name, query)).status).toBe(200);
    expect((await service.request(`/packages/${body.changes[0]?.sha256}`)).status).toBe(status);
    expect((await service.import(buildPackage({ name }))).status).toBe(201);
  }
});

test('a client that goes away before the commit leaves nothing; one that stays gets its answer', async () => {
  const { hook, calls } = await writeHook('while [ ! -e "$0.go" ]; do sleep 0.05; done');
  const service = await RunningService.start({ env: { MUSTER_DEPLOY_HOOK: hook } });
  const upload = post(service, buildPackage({ name: 'Left' }));
  await waitFor(async () => (await calls()).includes('deploy Left 1.0.0'), {
    what: 'the deploy hook',
    deadlineMs: 60_000,
  });
  upload.destroy();
  await writeFile(`${hook}.go`, '');
  await waitFor(async () => (await outcomes(service)).includes('client-gone'), {
    what: 'the import backed out',
    deadlineMs: 60_000,
  });
  expect(await service.installed()).toEqual([]);
  expect(await service.leftovers()).toEqual([]);
  expect(await revisionOf(service)).toBe(0);
  expect((await calls()).at(-1)).toBe('undeploy Left 1.0.0');
  expect((await service.import(buildPackage({ name: 'Left' }))).status).toBe(201);
});

test('an upload that stops in the middle leaves nothing', async () => {
  const service = await RunningService.start();
  const zip = buildPackage({ name: 'Half' });
  const upload = post(service, zip, { 'content-length': String(zip.length + 1_000) });
  await waitFor(async () => (await service.leftovers()).length > 0, {
    what: 'the upload in staging',
    deadlineMs: 60_000,
  });
  upload.destroy();
  await waitFor(async () => (await outcomes(service)).includes('client-gone'), {
    what: 'the upload given up',
    deadlineMs: 60_000,
  });
  expect(await service.leftovers()).toEqual([]);
});

test('a zip that is too large is refused by its announcement, and without one by its bytes', async () => {
  const service = await RunningService.start({ env: { MUSTER_MAX_ZIP_BYTES: '1000' } });
  const large = Buffer.alloc(3_000_000, 1);
  const announced = await service.import(large);
  expect(announced.body).toMatchObject({ status: 413, code: 'zip-too-large', limit: 1000, actual: 3_000_000 });
  const stream = new Blob([new Uint8Array(large)]).stream();
  const counted = await service.request<{ code: string; actual: number }>('/imports', {
    method: 'POST',
    body: stream,
    duplex: 'half',
  } as RequestInit);
  expect([counted.status, counted.body.code]).toEqual([413, 'zip-too-large']);
  expect(counted.body.actual).toBeLessThan(large.length);
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(large)]), 'large.zip');
  const formed = await service.request<{ code: string }>('/imports', { method: 'POST', body: form });
  expect([formed.status, formed.body.code]).toEqual([413, 'zip-too-large']);
  expect(await service.leftovers()).toEqual([]);
});

test('one import too many is turned away at once', async () => {
  const service = await RunningService.start({ env: { MUSTER_MAX_IMPORTS: '1' } });
  const zip = buildPackage({ name: 'Slow' });
  const slow = post(service, zip.subarray(0, 10), { 'content-length': String(zip.length) });
  await waitFor(async () => (await service.leftovers()).length > 0, { what: 'the first upload', deadlineMs: 60_000 });
  const refused = await service.import(buildPackage({ name: 'Quick' }));
  expect([refused.status, refused.body.code]).toEqual([429, 'too-many-imports']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  slow.destroy();
  await waitFor(async () => (await service.import(buildPackage({ name: 'Quick' }))).status === 201, {
    what: 'a free slot',
    deadlineMs: 60_000,
  });
});

test('while somebody else holds the storage, it is said who', async () => {
  const { hook } = await writeHook('while [ ! -e "$0.go" ]; do sleep 0.05; done');
  const storage = await temporaryDirectory('storage');
  const first = await RunningService.start({ storage, env: { MUSTER_DEPLOY_HOOK: hook } });
  const second = await RunningService.start({
    storage,
    database: first.database,
    env: { MUSTER_LOCK_TIMEOUT: '100ms' },
  });
  const holding = first.import(buildPackage({ name: 'Holding' }));
  await waitFor(async () => (await first.installed()).includes('Holding'), {
    what: 'the lock taken',
    deadlineMs: 60_000,
  });
  const refused = await second.import(buildPackage({ name: 'Waiting' }));
  expect([refused.status, refused.body.code, refused.body.step]).toEqual([503, 'lock-timeout', 'lock']);
  expect(refused.body.detail).toContain('import-service');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  await writeFile(`${hook}.go`, '');
  expect((await holding).status).toBe(201);
});

async function outcomes(service: RunningService): Promise<string[]> {
  const metrics = (await service.request<string>('/metrics')).body;
  return [...metrics.matchAll(/muster_changes_total\{[^}]*outcome="([^"]+)"/g)].map(([, outcome]) => outcome ?? '');
}

function post(service: RunningService, body: Buffer, headers: Record<string, string> = {}): ClientRequest {
  const length = { 'content-length': String(body.length) };
  const upload = httpRequest(`${service.url}/imports`, { method: 'POST', headers: { ...length, ...headers } });
  upload.on('error', () => undefined);
  upload.write(body);
  return upload;
}
