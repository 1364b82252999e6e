import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';
import { describe, expect, test } from 'vitest';
import { convergence, detail, imported, SHA } from '../spec/answers.js';
import { fakeServices } from '../spec/fake-services.js';
import { tryMuster } from '../spec/try-muster.js';

describe('remove', () => {
  const routes = {
    'GET /extensions/Foo': { json: detail(SHA, 10) },
    'DELETE /extensions/Foo': {
      json: { ...imported(), changes: [{ action: 'remove', extension: 'Foo', version: '1.0.0', sha256: SHA }] },
    },
    'GET /convergence': { json: convergence('converged', { 'node-1': 'converged' }) },
  };

  test('asks for the name on a terminal', async () => {
    const { url, asked } = await fakeServices(routes);
    const no = await tryMuster(['remove', 'Foo', '--url', url], { terminal: true, typed: 'foo\n' });
    expect([no.exitCode, no.stderr]).toEqual([3, expect.stringContaining('was called off')]);
    expect(asked.some(({ method }) => method === 'DELETE')).toBe(false);
    const yes = await tryMuster(['remove', 'Foo', '--url', url], { terminal: true, typed: 'Foo\n' });
    expect([yes.exitCode, yes.stdout]).toEqual([0, expect.stringContaining('committed as revision 7')]);
  });

  test('does not ask with --yes', async () => {
    const { url, asked } = await fakeServices(routes);
    expect((await tryMuster(['remove', 'Foo', '--yes', '--purge', '--url', url])).exitCode).toBe(0);
    expect(asked[0]?.url.search).toBe('?purge=true');
  });
});

describe('export', () => {
  const bytes = Buffer.from('the bytes of a zip');
  const sha256 = createHash('sha256').update(bytes).digest('hex');

  test('writes the bytes whose sha256 is right, and nothing else', async () => {
    const directory = await temporaryDirectory('export');
    const { url } = await fakeServices({
      'GET /extensions/Foo': { json: detail(sha256, bytes.length) },
      [`GET /packages/${sha256}`]: [{ text: bytes.toString() }, { text: 'other bytes' }],
    });
    const good = await tryMuster(['export', 'Foo', '--url', url, '--quiet'], { directory });
    expect([good.exitCode, good.stdout]).toEqual([0, 'Foo_1.0.0.zip\n']);
    expect(await readFile(path.join(directory, 'Foo_1.0.0.zip'))).toEqual(bytes);
    const bad = await tryMuster(['export', 'Foo', '--output', 'bad.zip', '--url', url], { directory });
    expect([bad.exitCode, bad.stderr]).toEqual([1, expect.stringContaining('checksum-mismatch')]);
    expect(await readdir(directory)).toEqual(['Foo_1.0.0.zip']);
    const nowhere = await tryMuster(['export', 'Foo', '--output', 'no/such/x.zip', '--url', url], { directory });
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([1, expect.stringContaining('there is no such directory')]);
  });

  test('of an unknown version names those that there are', async () => {
    const { url } = await fakeServices({ 'GET /extensions/Foo': { json: detail(sha256, 1) } });
    const { exitCode, stderr } = await tryMuster(['export', 'Foo', '--version', '9.9', '--url', url]);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('It has 1.0.0.')]);
  });
});
