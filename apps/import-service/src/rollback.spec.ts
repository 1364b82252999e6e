import type { ExtensionDetail, ImportPlan, ImportResult, KnownVersion, Problem } from '@muster/contracts';
import { buildPackage, temporaryDirectory, waitFor, type PackageSpec } from '@muster/testing';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunningService, type Answer } from './spec/running-service.js';

let service: RunningService;
let owner: Client;
beforeAll(async () => {
  service = await RunningService.start();
  owner = new Client({ connectionString: service.database.ownerUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await service.close();
});

/** Imports each in turn; their sha256. */
async function brought(...packages: PackageSpec[]): Promise<string[]> {
  const digests: string[] = [];
  for (const one of packages) {
    const { status, body } = await service.import(buildPackage(one), '?force=true');
    expect(status, JSON.stringify(body)).toBe(201);
    digests.push(body.changes[0]?.sha256 ?? '');
  }
  return digests;
}

const jarOf = (name: string, at = service): Promise<string> =>
  readFile(path.join(at.storage, `extensions/${name}/lib/common/${name}.jar`), 'utf8');
const detailOf = async (name: string): Promise<ExtensionDetail> =>
  (await service.request<ExtensionDetail>(`/extensions/${name}`)).body;
const headOf = async (): Promise<number> => (await service.request<{ revision: number }>('/extensions')).body.revision;

test('without a wish the package that was current before comes back, and goes again the same way', async () => {
  const entity = (name: string) => [{ type: 'Widget', name }];
  const [one, two] = await brought(
    { name: 'Gauge', version: '1.0', entities: entity('old') },
    { name: 'Gauge', version: '2.0', entities: entity('new') },
  );
  const back = await service.rollBack('Gauge');
  expect([back.status, back.headers.get('server-timing')]).toEqual([201, expect.stringContaining('receive;dur=')]);
  expect(back.body).toMatchObject({
    revision: 3,
    changes: [{ action: 'downgrade', extension: 'Gauge', version: '1.0', previousVersion: '2.0', sha256: one }],
    warnings: [],
  });
  expect(await jarOf('Gauge')).toContain('1.0');
  const { body } = await service.request<{ entities: unknown[] }>('/entities?extension=Gauge');
  expect(body.entities).toEqual([{ type: 'Widget', name: 'old', extension: 'Gauge' }]);
  const forth = await service.rollBack('Gauge', {});
  expect(forth.body.changes).toMatchObject([{ action: 'upgrade', version: '2.0', sha256: two }]);
  expect(await service.leftovers()).toEqual([]);
  const { rows } = await owner.query(
    "select subject, sha256, outcome, revision::int from audit where action = 'rollback'",
  );
  expect(rows).toEqual([
    { subject: 'Gauge', sha256: one, outcome: 'ok', revision: 3 },
    { subject: 'Gauge', sha256: two, outcome: 'ok', revision: 4 },
  ]);
});

test('by version, however it is written, or by sha256; what is current stays, and its revision is told', async () => {
  const versions = ['1.0', '1.1.0', '1.2'];
  const [first] = await brought(...versions.map((version) => ({ name: 'Chosen', version })));
  const head = await headOf();
  const current = await service.rollBack('Chosen', { version: '1.2.0' });
  expect([current.status, current.body.revision, current.body.changes]).toEqual([200, head, []]);
  expect((await service.rollBack('Chosen', { version: '1.1' })).body.changes).toMatchObject([{ version: '1.1.0' }]);
  expect((await service.rollBack('Chosen', { sha256: first })).body.changes).toMatchObject([{ version: '1.0' }]);
  const wrong = await service.rollBack('Chosen', { sha256: first, version: '1.2' });
  expect([wrong.status, wrong.body.code]).toEqual([422, 'version-unknown']);
  expect(wrong.body.detail).toContain('known: 1.2, 1.1.0, 1.0');
  const known = (await detailOf('Chosen')).versions;
  expect(known.map((one) => [one.version, one.current, one.stored])).toEqual([
    ['1.2', false, true],
    ['1.1.0', false, true],
    ['1.0', true, true],
  ]);
});

test('after a removal it comes back; what was purged does not, and says what would', async () => {
  await brought({ name: 'Gone', version: '1.0' }, { name: 'Gone', version: '1.1' });
  await service.remove('Gone');
  const removed = await service.request<Problem>('/extensions/Gone');
  expect([removed.status, removed.body.code]).toEqual([404, 'extension-unknown']);
  expect(removed.body.remedy).toContain('POST /extensions/Gone/rollback');
  const back = await service.rollBack('Gone');
  expect([back.status, back.body.changes]).toMatchObject([201, [{ action: 'install', version: '1.1' }]]);
  await service.remove('Gone', '?purge=true');
  const purged = await service.rollBack('Gone');
  expect([purged.status, purged.body.code, purged.body.step]).toEqual([410, 'package-purged', 'plan']);
  expect(purged.body.remedy).toMatch(/Import the zip of 1\.1 again; or take one that is stored: 1\.0\./);
  expect((await service.rollBack('Gone', { version: '1.0' })).body.changes).toMatchObject([{ action: 'install' }]);
  const versions: KnownVersion[] = (await detailOf('Gone')).versions;
  expect(versions.map(({ stored }) => stored)).toEqual([false, true]);
});

test('one version with two contents has to be named by its bytes', async () => {
  const other = { name: 'Twice', version: '1.0', files: { 'lib/common/Twice.jar': 'other' } };
  const both = await brought({ name: 'Twice', version: '1.0' }, other, { name: 'Twice', version: '1.1' });
  const refused = await service.rollBack('Twice', { version: '1.0' });
  expect(refused.body).toMatchObject({ status: 409, code: 'version-ambiguous', actual: 2 });
  for (const sha256 of both.slice(0, 2)) expect(refused.body.detail).toContain(sha256);
  expect((await service.rollBack('Twice')).body.changes).toMatchObject([{ sha256: both[1] }]);
  const back = await service.rollBack('Twice', { sha256: both[0], version: '1.0' });
  expect([back.status, back.body.warnings, back.body.changes]).toMatchObject([201, [], [{ action: 'reinstall' }]]);
});

test('it keeps the rules of an import: dependants, dependencies and owners of entities', async () => {
  await brought(
    { name: 'Base', version: '1.1' },
    { name: 'Base', version: '1.2', entities: [] },
    { name: 'Needy', version: '1.0', dependsOn: [{ name: 'Base', version: '1.2' }] },
    { name: 'Owner', version: '1.0', entities: [{ type: 'Widget', name: 'handed' }] },
    { name: 'Owner', version: '1.1' },
    { name: 'Heir', version: '1.0', entities: [{ type: 'Widget', name: 'handed' }] },
  );
  const head = await headOf();
  const dependants = await service.rollBack('Base');
  expect(dependants.body).toMatchObject({ status: 409, code: 'dependants-unmet', step: 'plan' });
  expect(dependants.body.detail).toContain('"Needy" needs "Base" 1.2');
  const owned = await service.rollBack('Owner');
  expect(owned.body).toMatchObject({ status: 409, code: 'entity-owned' });
  expect(owned.body.detail).toContain('Heir');
  expect(await headOf()).toBe(head);
  for (const name of ['Needy', 'Base']) expect((await service.remove(name)).status).toBe(200);
  const alone = await service.rollBack('Needy');
  expect(alone.body).toMatchObject({ status: 409, code: 'dependency-missing' });
  expect(alone.body.remedy).toContain('"Base" 1.2');
});

test('a dry run tells what would come, and what is against it', async () => {
  await brought(
    { name: 'Dry', version: '1.0', entities: [{ type: 'Widget', name: 'dry' }] },
    { name: 'Dry', version: '1.1' },
  );
  const head = await headOf();
  const plan = (await service.rollBack('Dry', { version: '1.0' }, '?dryRun=true')) as unknown as Answer<ImportPlan>;
  expect(plan.status).toBe(200);
  expect(plan.body).toMatchObject({
    dryRun: true,
    accepted: true,
    revision: head,
    package: { name: 'Dry', version: '1.0', files: 2 },
    changes: [{ action: 'downgrade', version: '1.0', previousVersion: '1.1' }],
    entitiesAdded: [{ type: 'Widget', name: 'dry' }],
    reasons: [],
  });
  await brought({ name: 'Leaning', dependsOn: [{ name: 'Dry', version: '1.1' }] });
  const against = (await service.rollBack('Dry', {}, '?dryRun=true')) as unknown as Answer<ImportPlan>;
  expect(against.body).toMatchObject({ accepted: false, changes: [], reasons: [{ code: 'dependants-unmet' }] });
  expect(await headOf()).toBe(head + 1);
});

test('what cannot be meant is refused', async () => {
  await brought({ name: 'Single' });
  const refusals: [() => Promise<Answer<ImportResult & Problem>>, number, string][] = [
    [() => service.rollBack('Nobody'), 404, 'extension-unknown'],
    [() => service.rollBack('No\0body'), 404, 'extension-unknown'],
    [() => service.rollBack('Single'), 422, 'version-unknown'],
    [() => service.rollBack('Single', { version: '7.0' }), 422, 'version-unknown'],
    [() => service.rollBack('Single', { version: 'newest' }), 400, 'invalid-request'],
    [() => service.rollBack('Single', { revision: 1 }), 400, 'invalid-request'],
    [
      () => service.request('/extensions/Single/rollback', { method: 'POST', body: 'version=1' }),
      415,
      'media-type-unsupported',
    ],
    [() => service.request('/extensions/No%00body'), 404, 'extension-unknown'],
  ];
  for (const [asked, status, code] of refusals) {
    const { body } = await asked();
    expect([body.status, body.code], JSON.stringify(body)).toEqual([status, code]);
  }
});

test('bytes that the database no longer holds as they were are not taken', async () => {
  const [sha256] = await brought({ name: 'Damaged', version: '1.0' }, { name: 'Damaged', version: '1.1' });
  await owner.query(
    `update blob_chunk set bytes = set_byte(bytes, 50, get_byte(bytes, 50) # 255)
     where blob = (select blob from package where sha256 = $1)`,
    [sha256],
  );
  const { body } = await service.rollBack('Damaged');
  expect(body).toMatchObject({ status: 500, code: 'checksum-mismatch' });
  expect(body.detail).toContain(sha256);
  expect(await jarOf('Damaged')).toContain('1.1');
  expect(await service.leftovers()).toEqual([]);
});

test('a hook that fails puts back what was there; one that keeps the lock may change what "before" means', async () => {
  const hook = path.join(await temporaryDirectory('hook'), 'hook.sh');
  await writeFile(
    hook,
    `#!/bin/sh
[ "$MUSTER_VERSION" != 1.0 ] || [ ! -e "$0.fail" ] || { echo "no way back" >&2; exit 5; }
[ "$MUSTER_VERSION" != 1.2 ] || while [ ! -e "$0.go" ]; do sleep 0.05; done\n`,
  );
  await chmod(hook, 0o755);
  const other = await RunningService.start({ env: { MUSTER_DEPLOY_HOOK: hook } });
  const version = (text: string) => buildPackage({ name: 'Hooked', version: text });
  for (const text of ['1.0', '1.1']) expect((await other.import(version(text))).status).toBe(201);
  await writeFile(`${hook}.fail`, '');
  const failed = await other.rollBack('Hooked');
  expect([failed.status, failed.body.code, failed.body.step]).toEqual([422, 'hook-failed', 'deploy']);
  expect(failed.body.undone).toContain('the package was removed from staging');
  expect(await jarOf('Hooked', other)).toContain('1.1');

  const importing = other.import(version('1.2'));
  const jar = () => jarOf('Hooked', other);
  await waitFor(async () => (await jar()).includes('1.2'), { what: 'the hook of the import', deadlineMs: 15_000 });
  const busy = await other.leftovers();
  const moved = other.rollBack('Hooked');
  await waitFor(async () => (await other.leftovers()).length === busy.length + 2, {
    what: 'a roll back that waits',
    deadlineMs: 15_000,
  });
  await writeFile(`${hook}.go`, '');
  expect((await importing).status).toBe(201);
  expect((await moved).body.code).toBe('conflict');
});
