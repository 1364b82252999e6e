import type { EntityList, ImportPlan, ImportResult, Problem } from '@muster/contracts';
import { buildPackage, buildZip, temporaryDirectory, type PackageSpec } from '@muster/testing';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { RunningService, type Answer } from './spec/running-service.js';

const zipOf = (spec: PackageSpec): { name: string; data: Buffer } => ({
  name: `${spec.name}.zip`,
  data: buildPackage(spec),
});
const bundle = (...specs: PackageSpec[]): Buffer => buildZip(specs.map(zipOf));
const needs = (...names: string[]) => ({ dependsOn: names.map((name) => ({ name, version: '1.0' })) });
const widget = (name: string) => ({ entities: [{ type: 'Widget', name }] });

function form(...files: [string, Buffer][]): { method: string; body: FormData } {
  const body = new FormData();
  for (const [name, bytes] of files) body.append('file', new Blob([new Uint8Array(bytes)]), name);
  return { method: 'POST', body };
}
const rows = ({ body: { packages } }: Answer): unknown[] =>
  (packages ?? []).map(({ file, extension, outcome, reasons }) => [
    file,
    extension,
    outcome,
    ...reasons.map(({ code }) => code),
  ]);
const headOf = async (service: RunningService): Promise<number> =>
  (await service.request<{ revision: number }>('/extensions')).body.revision;

test('a bundle is one revision, needs first, however its zips lie in it', async () => {
  const service = await RunningService.start();
  const answer = await service.import(
    bundle({ name: 'Top', ...needs('Middle', 'Base') }, { name: 'Middle', ...needs('Base') }, { name: 'Base' }),
  );
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  expect(answer.body.revision).toBe(1);
  expect(answer.body.changes.map(({ extension }) => extension)).toEqual(['Base', 'Middle', 'Top']);
  expect(rows(answer)).toEqual([
    ['Base.zip', 'Base', 'install'],
    ['Middle.zip', 'Middle', 'install'],
    ['Top.zip', 'Top', 'install'],
  ]);
  expect(await service.installed()).toEqual(['Base', 'Middle', 'Top']);
  expect(await readFile(path.join(service.storage, 'extensions/Top/Top.chk'), 'utf8')).toMatch(/^[0-9a-f]{64} {2}Top/);
  for (const { sha256 } of answer.body.changes) {
    expect((await service.request(`/packages/${sha256}`)).status).toBe(200);
  }
  expect(await service.leftovers()).toEqual([]);
  const again = await service.import(bundle({ name: 'Base' }, { name: 'Middle', ...needs('Base') }));
  expect([again.status, again.body.revision, again.body.changes]).toEqual([200, 1, []]);
  expect(rows(again)).toEqual([
    ['Base.zip', 'Base', 'unchanged'],
    ['Middle.zip', 'Middle', 'unchanged'],
  ]);
});

test('what is no package in a bundle is left out, and told', async () => {
  const service = await RunningService.start();
  const answer = await service.import(buildZip([{ name: 'README.txt', data: 'read me' }, zipOf({ name: 'Only' })]));
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  expect(answer.body.warnings).toMatchObject([{ code: 'bundle-files-left-out' }]);
  expect(answer.body.warnings[0]?.detail).toContain('README.txt');
});

test('several files of one form are one revision, and a bundle may be among them', async () => {
  const service = await RunningService.start();
  const answer = await service.request<ImportResult & Problem>(
    '/imports',
    form(
      ['needy.zip', buildPackage({ name: 'Needy', ...needs('Inner') })],
      ['some/where/pack.zip', bundle({ name: 'Inner' }, { name: 'Other' })],
    ),
  );
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  expect(rows(answer)).toEqual([
    ['pack.zip/Inner.zip', 'Inner', 'install'],
    ['needy.zip', 'Needy', 'install'],
    ['pack.zip/Other.zip', 'Other', 'install'],
  ]);
  expect(await headOf(service)).toBe(1);
});

test('all or nothing: one bad package refuses the rest, each row with its own reasons', async () => {
  const service = await RunningService.start({
    env: { MUSTER_MAX_PACKAGES: '4', MUSTER_MAX_IMPORT_BYTES: '200000' },
  });
  await service.import(buildPackage({ name: 'Owner', ...widget('taken') }));
  const cases: [string, Buffer, number, string, unknown[][]][] = [
    [
      'the catalog does not take one',
      bundle({ name: 'Fine' }, { name: 'Thief', ...widget('taken') }),
      409,
      'entity-owned',
      [
        ['Fine.zip', 'Fine', 'install'],
        ['Thief.zip', 'Thief', 'refused', 'entity-owned'],
      ],
    ],
    [
      'one is no zip',
      buildZip([zipOf({ name: 'Fine' }), { name: 'text.zip', data: 'no zip at all, but long enough to be one' }]),
      422,
      'not-a-zip',
      [
        ['text.zip', undefined, 'refused', 'not-a-zip'],
        ['Fine.zip', 'Fine', 'install'],
      ],
    ],
    [
      'one is a bundle itself',
      buildZip([zipOf({ name: 'Fine' }), { name: 'deep.zip', data: bundle({ name: 'Deep' }) }]),
      422,
      'bundle-nested',
      [
        ['deep.zip', undefined, 'refused', 'bundle-nested'],
        ['Fine.zip', 'Fine', 'install'],
      ],
    ],
    [
      'one extension twice',
      buildZip([zipOf({ name: 'Twin' }), { name: 'b.zip', data: buildPackage({ name: 'Twin', version: '1.1' }) }]),
      422,
      'duplicate-extension',
      [
        ['Twin.zip', 'Twin', 'refused', 'duplicate-extension'],
        ['b.zip', 'Twin', 'refused', 'duplicate-extension'],
      ],
    ],
    ['too many', bundle(...['A', 'B', 'C', 'D', 'E'].map((name) => ({ name }))), 413, 'too-many-packages', []],
    [
      'too large together',
      bundle(...['A', 'B'].map((name) => ({ name, files: { 'lib/x.txt': Buffer.alloc(150_000) } }))),
      413,
      'import-too-large',
      [],
    ],
  ];
  for (const [what, zip, status, code, report] of cases) {
    const answer = await service.import(zip);
    expect([answer.status, answer.body.code], `${what}: ${JSON.stringify(answer.body)}`).toEqual([status, code]);
    expect(rows(answer), what).toEqual(report);
    expect(answer.body.remedy, what).toBeTruthy();
    // What no catalog would take refuses a dry run as well; the rest is its plan.
    const plan = await service.import(zip, '?dryRun=true');
    const planned = code === 'entity-owned' || code === 'duplicate-extension';
    expect([plan.status, plan.body.code], what).toEqual(planned ? [200, undefined] : [status, code]);
    if (report.length > 0) expect(rows(plan), what).toEqual(report);
  }
  const named = await service.request<Problem>(
    '/imports',
    form([
      'outer.zip',
      buildZip([zipOf({ name: 'Fine' }), { name: 'bad.zip', data: 'no zip at all, but long enough' }]),
    ]),
  );
  expect(named.body.detail).toContain('outer.zip/bad.zip');
  const many = await service.request<Problem>(
    '/imports',
    form(...['A', 'B', 'C', 'D', 'E'].map((name): [string, Buffer] => [`${name}.zip`, buildPackage({ name })])),
  );
  expect([many.status, many.body.code]).toEqual([413, 'too-many-packages']);
  expect(await service.installed()).toEqual(['Owner']);
  expect(await headOf(service)).toBe(1);
  expect(await service.leftovers()).toEqual([]);
});

test('bytes that are damaged in one zip of a bundle are told by its name, and nothing is left', async () => {
  const service = await RunningService.start();
  const bad = buildPackage({
    name: 'Bad',
    entries: [{ name: 'lib/one.jar', data: 'abc', local: { crc: 1 }, central: { crc: 1 } }],
  });
  const answer = await service.import(buildZip([zipOf({ name: 'Fine' }), { name: 'bad.zip', data: bad }]));
  expect([answer.status, answer.body.code]).toEqual([422, 'crc-mismatch']);
  expect(answer.body.detail).toContain('bad.zip: ');
  expect(rows(answer)).toEqual([
    ['bad.zip', 'Bad', 'refused', 'crc-mismatch'],
    ['Fine.zip', 'Fine', 'install'],
  ]);
  expect(await service.installed()).toEqual([]);
  expect(await service.leftovers()).toEqual([]);
});

test('a partial import leaves out what is installed in the same or a newer version', async () => {
  const service = await RunningService.start();
  await service.import(buildPackage({ name: 'Helper', version: '1.5' }));
  const pack = bundle({ name: 'Helper', version: '1.4' }, { name: 'Main', ...needs('Helper') });
  const refused = await service.import(pack);
  expect([refused.status, refused.body.code]).toEqual([409, 'version-lower']);
  const plan = await service.request<ImportPlan>('/imports?dryRun=true&partial=skip-installed', {
    method: 'POST',
    body: new Uint8Array(pack),
  });
  expect(plan.body).toMatchObject({ accepted: true, changes: [{ extension: 'Main' }], revision: 1 });
  expect(plan.body.packages.map(({ extension, outcome }) => [extension, outcome])).toEqual([
    ['Helper', 'skipped'],
    ['Main', 'install'],
  ]);
  expect(plan.body.package).toBeUndefined();
  const taken = await service.import(pack, '?partial=skip-installed');
  expect(taken.status, JSON.stringify(taken.body)).toBe(201);
  expect(taken.body.warnings).toMatchObject([{ code: 'skipped-installed' }]);
  expect(rows(taken)).toEqual([
    ['Helper.zip', 'Helper', 'skipped'],
    ['Main.zip', 'Main', 'install'],
  ]);
  const nothing = await service.import(pack, '?partial=skip-installed');
  expect([nothing.status, nothing.body.changes]).toEqual([200, []]);
  expect(rows(nothing)).toEqual([
    ['Helper.zip', 'Helper', 'skipped'],
    ['Main.zip', 'Main', 'unchanged'],
  ]);
  expect((await service.import(pack, '?partial=maybe')).status).toBe(400);
});

test('an entity changes hands within one revision, and an upgrade that drops one removes it', async () => {
  const service = await RunningService.start();
  await service.import(bundle({ name: 'From', ...widget('moving') }, { name: 'Gone', ...widget('dropped') }));
  const answer = await service.import(
    bundle(
      { name: 'From', version: '1.1' },
      { name: 'Gone', version: '1.1' },
      { name: 'A-Taker', ...widget('moving'), ...needs('From') },
    ),
  );
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  expect(answer.body.changes).toHaveLength(3);
  const { entities } = (await service.request<EntityList>('/entities')).body;
  expect(entities).toEqual([{ type: 'Widget', name: 'moving', extension: 'A-Taker' }]);
});

test('a hook that fails for the third package backs the first two out, with the opposite hooks', async () => {
  const directory = await temporaryDirectory('hook');
  const [hook, calls] = [path.join(directory, 'hook.sh'), path.join(directory, 'calls')];
  const line = '"$MUSTER_ACTION $MUSTER_EXTENSION $MUSTER_VERSION"';
  await writeFile(
    hook,
    `#!/bin/sh\necho ${line} >> ${calls}\n[ ${line} != "deploy C 1.0.0" ] || { echo no; exit 3; }\n`,
  );
  await chmod(hook, 0o755);
  const service = await RunningService.start({ env: { MUSTER_DEPLOY_HOOK: hook } });
  expect((await service.import(buildPackage({ name: 'B', version: '0.9' }))).status).toBe(201);
  await writeFile(calls, '');
  const answer = await service.import(
    bundle({ name: 'A' }, { name: 'B', ...needs('A') }, { name: 'C', ...needs('B') }, { name: 'D', ...needs('C') }),
  );
  expect([answer.status, answer.body.code, answer.body.step]).toEqual([422, 'hook-failed', 'deploy']);
  expect(answer.body.detail).toContain('C.zip: ');
  expect(rows(answer)).toEqual([
    ['A.zip', 'A', 'install'],
    ['B.zip', 'B', 'upgrade'],
    ['C.zip', 'C', 'refused', 'hook-failed'],
    ['D.zip', 'D', 'install'],
  ]);
  expect((await readFile(calls, 'utf8')).trim().split('\n')).toEqual([
    'deploy A 1.0.0',
    'deploy B 1.0.0',
    'deploy C 1.0.0',
    'undeploy C 1.0.0',
    'deploy B 0.9',
    'undeploy A 1.0.0',
  ]);
  expect(await service.installed()).toEqual(['B']);
  expect(await headOf(service)).toBe(1);
  expect(await service.leftovers()).toEqual([]);
});

test('the rules of the configuration hold for an import, and a roll back passes the policy by', async () => {
  const service = await RunningService.start();
  const jar = (version: string) => buildPackage({ name: 'Jar', version, minimumThingWorxVersion: '9.5.0' });
  await service.import(jar('1.0'));
  await service.import(jar('2.0'));
  await service.close();
  const env = {
    MUSTER_ALLOW_JAR_RESOURCES: 'no',
    MUSTER_MAJOR_UPGRADES: 'refuse',
    MUSTER_HA_COMPATIBILITY: 'deny',
    MUSTER_PLATFORM_VERSION: '9.5',
  };
  const strict = await RunningService.start({ database: service.database, storage: service.storage, env });
  const refused = await strict.import(jar('3.0'));
  expect(refused.body.packages?.[0]?.reasons.map(({ code }) => code)).toEqual(['not-allowed', 'major-refused']);
  expect(refused.body.detail).toMatch(/MUSTER_ALLOW_JAR_RESOURCES.*lib\/common\/Jar\.jar/);
  const plain = { files: { 'doc/x.txt': 'x' } };
  const denied = await strict.import(buildPackage({ name: 'Old', haCompatible: false, ...plain }));
  expect([denied.status, denied.body.code]).toEqual([409, 'not-ha-compatible']);
  const late = await strict.import(buildPackage({ name: 'Late', minimumThingWorxVersion: '9.6', ...plain }));
  expect([late.status, late.body.code]).toEqual([409, 'platform-too-old']);
  const back = await strict.rollBack('Jar', { version: '1.0' });
  expect(back.status, JSON.stringify(back.body)).toBe(201);
  expect(back.body.warnings.map(({ code }) => code)).toEqual(['ha-not-declared']);
});
