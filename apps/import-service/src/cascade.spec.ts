import type { RemovalPlan } from '@muster/contracts';
import { buildPackage, buildZip, temporaryDirectory, type PackageSpec } from '@muster/testing';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { RunningService } from './spec/running-service.js';

const PACKAGES: PackageSpec[] = [
  { name: 'Base', entities: [{ type: 'Widget', name: 'base' }] },
  { name: 'Middle', dependsOn: [{ name: 'Base', version: '1.0' }], entities: [{ type: 'Widget', name: 'middle' }] },
  { name: 'Top', dependsOn: ['Middle', 'Base'].map((name) => ({ name, version: '0.0.0' })) },
  { name: 'Aside' },
];

async function withAll(env: Record<string, string> = {}): Promise<RunningService> {
  const service = await RunningService.start({ env });
  const zip = buildZip(PACKAGES.map((spec) => ({ name: `${spec.name}.zip`, data: buildPackage(spec) })));
  expect((await service.import(zip)).status).toBe(201);
  return service;
}

test('a removal is refused while others need the extension, with all of them; cascade takes them along as one revision', async () => {
  const service = await withAll();
  const refused = await service.remove('Base');
  expect([refused.status, refused.body.code, refused.body.step]).toEqual([409, 'has-dependants', 'plan']);
  expect(refused.body.blockers).toEqual([
    {
      extension: 'Top',
      version: '1.0.0',
      needs: [
        { name: 'Base', version: '0.0.0' },
        { name: 'Middle', version: '0.0.0' },
      ],
    },
    { extension: 'Middle', version: '1.0.0', needs: [{ name: 'Base', version: '1.0' }] },
  ]);
  expect(refused.body.remedy).toContain('cascade=true');
  const plan = (query: string) =>
    service.request<RemovalPlan>(`/extensions/Base${query}`, { method: 'DELETE' }).then(({ body }) => body);
  expect(await plan('?dryRun=true')).toMatchObject({
    accepted: false,
    changes: [{ extension: 'Base' }],
    reasons: [{ code: 'has-dependants' }],
    entitiesRemoved: [{ name: 'base' }],
  });
  const whole = await plan('?dryRun=true&cascade=true');
  expect(whole).toMatchObject({ dryRun: true, accepted: true, revision: 1, reasons: [] });
  expect(whole.changes.map(({ extension }) => extension)).toEqual(['Top', 'Middle', 'Base']);
  expect(whole.entitiesRemoved.map(({ name, extension }) => [name, extension])).toEqual([
    ['base', 'Base'],
    ['middle', 'Middle'],
  ]);
  expect(await service.installed()).toEqual(['Aside', 'Base', 'Middle', 'Top']);
  const removed = await service.remove('Base', '?cascade=true');
  expect(removed.status, JSON.stringify(removed.body)).toBe(200);
  expect(removed.body.revision).toBe(2);
  expect(removed.body.changes).toEqual(whole.changes);
  expect(await service.installed()).toEqual(['Aside']);
  expect(await service.leftovers()).toEqual([]);
  expect((await service.remove('Base', '?dryRun=true')).status).toBe(404);
  expect((await service.remove('Aside', '?cascade=true')).body.changes).toMatchObject([{ extension: 'Aside' }]);
});

test('a cascade whose last hook fails puts everything back', async () => {
  const directory = await temporaryDirectory('hook');
  const [hook, calls] = [path.join(directory, 'hook.sh'), path.join(directory, 'calls')];
  const line = '"$MUSTER_ACTION $MUSTER_EXTENSION"';
  await writeFile(
    hook,
    `#!/bin/sh\necho ${line} >> ${calls}\n[ ${line} != "undeploy Base" ] || { echo busy; exit 1; }\n`,
  );
  await chmod(hook, 0o755);
  const service = await withAll({ MUSTER_DEPLOY_HOOK: hook });
  await writeFile(calls, '');
  const refused = await service.remove('Base', '?cascade=true');
  expect([refused.status, refused.body.code, refused.body.step]).toEqual([422, 'hook-failed', 'undeploy']);
  expect((await readFile(calls, 'utf8')).trim().split('\n')).toEqual([
    'undeploy Top',
    'undeploy Middle',
    'undeploy Base',
    'deploy Base',
    'deploy Middle',
    'deploy Top',
  ]);
  expect(await service.installed()).toEqual(['Aside', 'Base', 'Middle', 'Top']);
  expect((await service.request<{ revision: number }>('/extensions')).body.revision).toBe(1);
});
