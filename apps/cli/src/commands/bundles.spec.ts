import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { convergence, imported, SHA } from '../spec/answers.js';
import { fakeServices, refusal, type Routes } from '../spec/fake-services.js';
import { tryMuster } from '../spec/try-muster.js';

const row = (extension: string, outcome: string, more: object = {}) => ({
  file: `pack.zip/${extension}.zip`,
  extension,
  version: '1.0.0',
  dependsOn: [],
  outcome,
  reasons: [],
  warnings: [],
  ...more,
});
const change = (extension: string) => ({ action: 'install', extension, version: '1.0.0', sha256: SHA });
const REASON = { code: 'entity-owned', detail: 'Widget x belongs to Other' };

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory('packages');
  for (const name of ['a.zip', 'b.zip', 'c.zip']) await writeFile(path.join(directory, name), `bytes of ${name}`);
});

async function muster(routes: Routes, ...args: string[]) {
  const services = await fakeServices({
    'POST /imports': { status: 201, json: imported() },
    'GET /convergence': { json: convergence('converged', { 'node-1': 'converged' }) },
    ...routes,
  });
  return { ...services, ...(await tryMuster([...args, '--url', services.url], { directory })) };
}

describe('several packages as one revision', () => {
  test('--together sends all files in one form, each with its name and its bytes', async () => {
    const { exitCode, stderr, asked } = await muster({}, 'import', 'a.zip', 'b.zip', 'c.zip', '--together');
    expect([exitCode, stderr]).toEqual([0, '']);
    const [first, ...others] = asked.filter(({ method }) => method === 'POST');
    expect(others).toEqual([]);
    expect(first?.headers['content-length']).toBe(String(first?.body.length));
    const form = await new Response(new Uint8Array(first!.body), {
      headers: { 'content-type': String(first?.headers['content-type']) },
    }).formData();
    const files = form.getAll('file') as File[];
    expect(files.map(({ name }) => name)).toEqual(['a.zip', 'b.zip', 'c.zip']);
    expect(await Promise.all(files.map((file) => file.text()))).toEqual(
      ['a.zip', 'b.zip', 'c.zip'].map((name) => `bytes of ${name}`),
    );
  });

  test.each([
    [[], ''],
    [['--force'], '?force=true'],
    [['--allow-downgrade', '--partial'], '?allowDowngrade=true&partial=skip-installed'],
  ])('%j asks %j', async (flags, search) => {
    const { asked } = await muster({}, 'import', 'a.zip', ...flags);
    expect(asked[0]?.url.search).toBe(search);
    const plan = { dryRun: true, accepted: true, revision: 6, changes: [], entitiesAdded: [], entitiesRemoved: [] };
    const json = { ...plan, packages: [], reasons: [], warnings: [] };
    const tried = await muster({ 'POST /imports': { json } }, 'validate', 'a.zip', ...flags);
    expect(tried.asked[0]?.url.search).toBe(search === '' ? '?dryRun=true' : `?dryRun=true&${search.slice(1)}`);
  });

  test('tells one line for each package', async () => {
    const packages = [
      row('Base', 'unchanged'),
      row('Helper', 'skipped'),
      row('Main', 'install'),
      row('Top', 'install'),
    ];
    const json = { ...imported(), changes: [change('Main'), change('Top')], packages };
    const { exitCode, stdout } = await muster({ 'POST /imports': { status: 201, json } }, 'import', 'a.zip');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Base 1\.0\.0 +unchanged\n +Helper 1\.0\.0 +skipped\n +Main 1\.0\.0 +install +committed/);
    expect(stdout).toMatch(/Top 1\.0\.0 +install +committed as revision 7/);
  });

  test('a refusal tells what is against each, and what would have become of the rest', async () => {
    const packages = [row('Fine', 'install'), row('Thief', 'refused', { reasons: [REASON] })];
    const routes = { 'POST /imports': refusal(409, 'entity-owned', { step: 'plan', packages }) };
    const { exitCode, stderr } = await muster(routes, 'import', 'a.zip');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /Fine 1\.0\.0 +install\n +Thief 1\.0\.0 +refused \(entity-owned\): Widget x belongs to Other/,
    );
    const json = await muster(routes, 'import', 'a.zip', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { packages: [{ extension: 'Fine' }, { outcome: 'refused' }] },
    });
  });

  test('a plan of a bundle tells each package', async () => {
    const packages = [row('Fine', 'install'), row('Main', 'upgrade', { previousVersion: '0.9' })];
    const plan = { dryRun: true, accepted: true, revision: 6, packages, changes: [change('Fine'), change('Main')] };
    const json = { ...plan, entitiesAdded: [], entitiesRemoved: [], reasons: [], warnings: [] };
    const { exitCode, stdout } = await muster({ 'POST /imports': { json } }, 'validate', 'a.zip');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Fine 1\.0\.0 +install\n +Main 0\.9 → 1\.0\.0 +upgrade\n/);
    expect(stdout).toContain('as revision 7');
  });
});

describe('a removal with all that need it', () => {
  const blockers = [{ extension: 'Needy', version: '1.0', needs: [{ name: 'Base', version: '1.2' }] }];

  test('is offered where others need it, with all of them', async () => {
    const routes = { 'DELETE /extensions/Base': refusal(409, 'has-dependants', { step: 'plan', blockers }) };
    const { exitCode, stderr } = await muster(routes, 'remove', 'Base', '--yes');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/Needy 1\.0 needs Base 1\.2/);
    expect(stderr).toContain('--cascade');
  });

  test('asks with all that goes, in order', async () => {
    const removal = { action: 'remove', version: '1.0.0', sha256: SHA };
    const changes = ['Needy', 'Base'].map((extension) => ({ ...removal, extension }));
    const plan = { dryRun: true, accepted: true, revision: 6, changes, blockers, reasons: [], warnings: [] };
    const entitiesRemoved = [{ type: 'Widget', name: 'x', extension: 'Needy' }];
    const { url, asked } = await fakeServices({
      'DELETE /extensions/Base': [{ json: { ...plan, entitiesRemoved } }, { json: { ...imported(), changes } }],
      'GET /convergence': { json: convergence('converged', { 'node-1': 'converged' }) },
    });
    const args = ['remove', 'Base', '--cascade', '--url', url];
    const { exitCode, stdout, stderr } = await tryMuster(args, { terminal: true, typed: 'Base\n' });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('2 extensions go from every node, in this order: Needy 1.0.0, Base 1.0.0, with 1 entity');
    expect(asked.slice(0, 2).map((one) => one.url.search)).toEqual(['?dryRun=true&cascade=true', '?cascade=true']);
    expect(stdout).toMatch(/Needy 1\.0\.0 +remove[^]*Base 1\.0\.0 +remove/);
  });
});
