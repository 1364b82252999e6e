import type { ExtensionDetail, ExtensionList, ImportPlan, RevisionList } from '@muster/contracts';
import { buildPackage } from '@muster/testing';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunningService } from './spec/running-service.js';

let service: RunningService;
beforeAll(async () => {
  service = await RunningService.start();
});
afterAll(() => service.close());

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test('a package is imported, stands in the storage, and can be read back', async () => {
  const zip = buildPackage({ name: 'First', entities: [{ type: 'Widget', name: 'first-widget' }] });
  const answer = await service.import(zip);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  expect(answer.body).toMatchObject({
    revision: 1,
    chain: expect.stringMatching(/^[0-9a-f]{64}$/),
    changes: [{ action: 'install', extension: 'First', version: '1.0.0', sha256: sha256(zip) }],
    warnings: [],
  });
  expect(answer.headers.get('server-timing')).toContain('receive;dur=');
  const chk = await readFile(path.join(service.storage, 'extensions/First/First.chk'), 'utf8');
  expect(chk).toBe(`${sha256(zip)}  First.zip\n`);
  expect(await service.leftovers()).toEqual([]);
  const list = await service.request<ExtensionList>('/extensions');
  expect(list.body.extensions).toMatchObject([{ name: 'First', version: '1.0.0', revision: 1 }]);
  const detail = await service.request<ExtensionDetail>('/extensions/First');
  expect(detail.body.history).toMatchObject([{ action: 'install', revision: 1, actor: 'local' }]);
});

test('the same bytes again change nothing, forced or not', async () => {
  const zip = buildPackage({ name: 'First', entities: [{ type: 'Widget', name: 'first-widget' }] });
  for (const query of ['', '?force=true']) {
    const answer = await service.import(zip, query);
    expect([answer.status, answer.body.revision, answer.body.changes]).toEqual([200, 1, []]);
  }
});

test('an upgrade, a downgrade with a warning, and other bytes of one version by force', async () => {
  const version = (text: string) => buildPackage({ name: 'Moving', version: text });
  expect((await service.import(version('1.0'))).status).toBe(201);
  const up = await service.import(version('1.1'));
  expect(up.body.changes).toMatchObject([{ action: 'upgrade', version: '1.1', previousVersion: '1.0' }]);
  for (const query of ['', '?force=true']) {
    const lower = await service.import(version('1.0.5'), query);
    expect([lower.status, lower.body.code, lower.body.step]).toEqual([409, 'version-lower', 'plan']);
    expect(lower.body.remedy).toContain('allowDowngrade=true');
  }
  const down = await service.import(version('1.0.5'), '?allowDowngrade=true');
  expect(down.body.changes).toMatchObject([{ action: 'downgrade', version: '1.0.5', previousVersion: '1.1' }]);
  expect(down.body.warnings).toMatchObject([{ code: 'downgrade' }]);
  const other = buildPackage({ name: 'Moving', version: '1.0.5', files: { 'lib/x.jar': 'other' } });
  const refused = await service.import(other);
  expect([refused.status, refused.body.code, refused.body.step]).toEqual([409, 'version-exists', 'plan']);
  expect(refused.body.remedy).toContain('force=true');
  const forced = await service.import(other, '?force=true');
  expect(forced.status).toBe(201);
  expect(forced.body.changes).toMatchObject([{ action: 'reinstall' }]);
  expect(await readFile(path.join(service.storage, 'extensions/Moving/lib/x.jar'), 'utf8')).toBe('other');
});

test('a dry run tells every reason and changes nothing', async () => {
  const before = (await service.request<ExtensionList>('/extensions')).body;
  const thief = buildPackage({
    name: 'FIRST',
    entities: [{ type: 'Widget', name: 'first-widget' }],
    dependsOn: [{ name: 'Nobody', version: '1.0.0' }],
  });
  const plan = await service.request<ImportPlan>('/imports?dryRun=true', {
    method: 'POST',
    body: new Uint8Array(thief),
  });
  expect(plan.status).toBe(200);
  expect(plan.body).toMatchObject({ dryRun: true, accepted: false, changes: [], package: { name: 'FIRST', files: 2 } });
  expect(plan.body.reasons.map(({ code }) => code)).toEqual(['name-collision', 'entity-owned', 'dependency-missing']);
  const real = await service.import(thief);
  expect([real.status, real.body.code]).toEqual([409, 'name-collision']);
  for (const code of ['entity-owned', 'dependency-missing']) expect(real.body.detail).toContain(code);
  expect((await service.request<ExtensionList>('/extensions')).body).toEqual(before);
  expect(await service.leftovers()).toEqual([]);
});

test('a form is taken; one without a file, with one package twice, or cut short is refused', async () => {
  const form = (count: number): FormData => {
    const data = new FormData();
    data.append('purpose', 'import');
    for (let index = 0; index < count; index += 1) {
      data.append(`any-${index}`, new Blob([new Uint8Array(buildPackage({ name: 'Form' }))]), 'Form.zip');
    }
    return data;
  };
  const refusals: [number, string][] = [
    [0, 'form-without-file'],
    [2, 'duplicate-extension'],
  ];
  for (const [count, code] of refusals) {
    const answer = await service.request<{ code: string }>('/imports', { method: 'POST', body: form(count) });
    expect([answer.status, answer.body.code]).toEqual([count === 0 ? 400 : 422, code]);
  }
  const cut = await service.request<{ code: string }>('/imports', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body: '--b\r\ncontent-disposition: form-data; name="f"; filename="f.zip"\r\n\r\nPK',
  });
  expect([cut.status, cut.body.code]).toEqual([400, 'form-invalid']);
  expect((await service.request('/imports', { method: 'POST', body: form(1) })).status).toBe(201);
  expect(await service.leftovers()).toEqual([]);
});

test('what is no package is refused by its own code, and nothing is left', async () => {
  const bodies: [number, string, Buffer, Record<string, string>?][] = [
    [400, 'empty-body', Buffer.alloc(0)],
    [422, 'not-a-zip', Buffer.from('no zip at all, only text that is long enough to be one')],
    [422, 'metadata-missing', buildPackage({ name: 'Without', metadata: null })],
    [422, 'zip-slip', buildPackage({ name: 'Slip', entries: [{ name: '../evil', data: 'x' }] })],
    [415, 'media-type-unsupported', buildPackage({ name: 'Text' }), { 'content-type': 'text/plain' }],
    [415, 'media-type-unsupported', buildPackage({ name: 'Gzip' }), { 'content-encoding': 'gzip' }],
  ];
  const installed = await service.installed();
  for (const [status, code, body, headers] of bodies) {
    const answer = await service.import(body, '', headers);
    expect([answer.status, answer.body.code], JSON.stringify(answer.body)).toEqual([status, code]);
    expect(answer.body.remedy).toBeTruthy();
    expect(answer.body.step).toBeTruthy();
    expect(answer.body.undone).toEqual(['the upload was removed from staging']);
  }
  expect(await service.installed()).toEqual(installed);
  expect(await service.leftovers()).toEqual([]);
});

test('dependencies are minima within the major', async () => {
  const needy = buildPackage({ name: 'Needy', dependsOn: [{ name: 'Base', version: '1.2.0' }] });
  const base = (version: string) => buildPackage({ name: 'Base', version });
  expect((await service.import(needy)).body).toMatchObject({ code: 'dependency-missing', status: 409 });
  expect((await service.import(base('1.1'))).status).toBe(201);
  expect((await service.import(needy)).body).toMatchObject({ code: 'dependency-too-old', status: 409 });
  expect((await service.import(base('1.3'))).status).toBe(201);
  expect((await service.import(needy)).status).toBe(201);
  const other = await service.import(base('2.0'));
  expect(other.body).toMatchObject({ code: 'dependants-unmet', status: 409 });
  expect(other.body.detail).toContain('Needy');
  const blocked = await service.remove('Base');
  expect(blocked.body).toMatchObject({ code: 'has-dependants', status: 409, step: 'plan' });
  expect(blocked.body.detail).toContain('Needy');
});

test('a minimum of 0.0.0 takes any version', async () => {
  const dependsOn = [{ name: 'Base', version: '0.0.0' }];
  const answer = await service.import(buildPackage({ name: 'Easy', dependsOn }));
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
});

test('the history is read in pages, with limits that are named', async () => {
  const all = (await service.request<RevisionList>('/revisions')).body;
  expect(all.revisions.map(({ revision }) => revision)).toEqual(all.revisions.map((_, index) => index + 1));
  expect(all.next).toBeUndefined();
  const page = (await service.request<RevisionList>('/revisions?after=1&limit=2')).body;
  expect(page.revisions.map(({ revision }) => revision)).toEqual([2, 3]);
  expect(page.next).toBe(3);
  for (const query of ['limit=1001', 'limit=0', 'after=-1', 'after=x', 'unknown=1']) {
    const refused = await service.request<{ code: string; detail: string }>(`/revisions?${query}`);
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid-request']);
  }
});

test('the interface is described, with refusals', async () => {
  const { body } = await service.request<{ paths: Record<string, { post?: { responses: Record<string, unknown> } }> }>(
    '/docs-json',
  );
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining(['/imports', '/extensions/{name}', '/packages/{sha256}', '/revisions']),
  );
  expect(JSON.stringify(body.paths['/imports']?.post?.responses)).toContain('version-exists');
  expect(JSON.stringify(body)).not.toContain('"$schema"');
});

test('every attempt is in the audit and in the metrics, the refused ones too', async () => {
  const metrics = (await service.request<string>('/metrics')).body;
  expect(metrics).toMatch(/muster_changes_total\{[^}]*outcome="version-exists"[^}]*\} 1/);
  expect(metrics).toMatch(/muster_change_step_seconds_count\{[^}]*step="commit"/);
  const ready = await service.request<{ checks: { name: string; ready: boolean }[] }>('/health/ready');
  expect(ready.body.checks).toEqual(
    ['database', 'schema', 'storage', 'event-log'].map((name) => ({ name, ready: true })),
  );
});
