import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';
import { expect, test } from 'vitest';
import { SHA } from '../spec/answers.js';
import { fakeServices, refusal } from '../spec/fake-services.js';
import { tryMuster } from '../spec/try-muster.js';

test('--dry-run and validate tell the plan and every reason, and end with 3 where it would be refused', async () => {
  const plan = {
    dryRun: true,
    accepted: false,
    revision: 6,
    package: {
      name: 'Foo',
      version: '1.0.0',
      dependsOn: [],
      entities: [],
      sha256: SHA,
      sizeBytes: 10,
      unpackedBytes: 20,
      files: 2,
    },
    changes: [{ action: 'install', extension: 'Foo', version: '1.0.0', sha256: SHA }],
    entitiesAdded: [{ type: 'Widget', name: 'foo' }],
    entitiesRemoved: [],
    reasons: [
      { code: 'entity-owned', detail: 'Widget foo belongs to Bar' },
      { code: 'dependency-missing', detail: 'Foo needs Base' },
    ],
    warnings: [],
  };
  const directory = await temporaryDirectory('packages');
  for (const name of ['a.zip', 'b.zip']) await writeFile(path.join(directory, name), `bytes of ${name}`);
  const one = await fakeServices({ 'POST /imports': { json: plan } });
  const dryRun = await tryMuster(['import', 'a.zip', '--dry-run', '--url', one.url], { directory });
  const { exitCode, stderr, stdout } = dryRun;
  expect(exitCode).toBe(3);
  expect(stderr).toContain(
    'a.zip would be refused (entity-owned): Widget foo belongs to Bar; dependency-missing: Foo needs Base.',
  );
  expect(stdout).toContain('comes: Widget foo');
  expect(one.asked[0]?.url.search).toBe('?dryRun=true');
  const { url } = await fakeServices({
    'POST /imports': [{ json: { ...plan, accepted: true, reasons: [] } }, refusal(422, 'zip-slip')],
  });
  const both = await tryMuster(['validate', 'a.zip', 'b.zip', '--url', url, '--json'], { directory });
  expect(both.exitCode).toBe(3);
  expect(JSON.parse(both.stdout)).toMatchObject({
    plans: [{ accepted: true }, { accepted: false, error: { code: 'zip-slip' } }],
  });
});
