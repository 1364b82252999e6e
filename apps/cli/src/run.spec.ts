import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SHA } from './spec/answers.js';
import { fakeServices, refusal, type Reply } from './spec/fake-services.js';
import { tryMuster } from './spec/try-muster.js';

const THIS_FILE = fileURLToPath(import.meta.url);

describe('wrong use ends with 2 and says what would be right', () => {
  test.each([
    [['lsit'], /unknown command 'lsit' \(Did you mean list\?\)/],
    [['wait', '--timeout', '2 weeks'], /2s, 10m/],
    [['wait', '--quorum', '0'], /a number, or majority/],
    [['import'], /missing required argument 'files'/],
    [['import', 'there-is-no-such.zip'], /there-is-no-such.zip cannot be sent \(file-unusable\)/],
    [['import', '/'], /it is not a file/],
    [['import', THIS_FILE, '--deadline', '30s'], /\(deadline-alone\).*\n.*--activate together/],
    [['import', THIS_FILE, '--activate', 'together', '--deadline', '2h'], /from 1s to 1h/],
    [['import', THIS_FILE, '--activate', 'apart'], /Allowed choices are together/],
    [['proposals', 'cancel'], /missing required argument 'proposal'/],
    [['remove', 'Foo'], /there is no terminal to ask on/],
    [['accept-catalog', 'node-1'], /there is no terminal to ask on/],
    [['pause', 'node-1'], /--reason/],
    [['replay'], /--from/],
    [['list', 'surplus'], /too many arguments/],
    [['list', '--frob'], /unknown option '--frob'/],
  ])('%j', async (args, words) => {
    const { exitCode, stderr, stdout } = await tryMuster(args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(/^muster: /);
    expect(stdout).toBe('');
  });
});

test('help comes with examples before all else, on stdout, and ends with 0', async () => {
  for (const args of [[], ['--help'], ['help']]) {
    const { exitCode, stdout, stderr } = await tryMuster(args);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.indexOf('Examples')).toBeLessThan(stdout.indexOf('import   '));
    expect(stdout).toContain('Exit codes');
  }
  const help = await tryMuster(['wait', '--help']);
  expect(help.stdout.indexOf('Examples')).toBeLessThan(help.stdout.indexOf('Usage'));
  expect((await tryMuster(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe('a refusal', () => {
  test.each<[number, string, number]>([
    [400, 'invalid-request', 3],
    [401, 'unauthenticated', 1],
    [403, 'forbidden', 1],
    [404, 'extension-unknown', 3],
    [409, 'entity-owned', 3],
    [409, 'conflict', 8],
    [409, 'frozen', 8],
    [409, 'not-all-ready', 8],
    [413, 'zip-too-large', 3],
    [422, 'zip-slip', 3],
    [429, 'too-many-imports', 8],
    [500, 'internal-error', 1],
    [503, 'database-away', 8],
    [507, 'disk-full', 8],
  ])('%i %s ends with %i', async (status, code, expected) => {
    const { url } = await fakeServices({ 'GET /extensions': refusal(status, code, { remedy: 'do better' }) });
    const { exitCode, stderr, stdout } = await tryMuster(['list', '--url', url]);
    expect(exitCode).toBe(expected);
    expect(stderr).toContain(`muster: the list of extensions was refused (${code}): detail of ${code}`);
    expect(stdout).toBe('');
  });

  test('tells limit, what was met, what was undone and what to do', async () => {
    const more = {
      limit: 10,
      actual: 12,
      remedy: 'make it smaller',
      step: 'deploy',
      undone: ['put back Foo 1', 'the upload was removed from staging'],
    };
    const { url } = await fakeServices({ 'GET /extensions': refusal(422, 'too-many', more) });
    const { stderr } = await tryMuster(['list', '--url', url]);
    expect(stderr).toContain('detail of too-many (limit 10, here 12).\nUndone: put back Foo 1. Make it smaller.');
  });

  test('is a JSON document on stdout with --json', async () => {
    const { url } = await fakeServices({ 'GET /extensions': refusal(422, 'zip-slip', { remedy: 'no' }) });
    const { exitCode, stdout } = await tryMuster(['list', '--url', url, '--json']);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'zip-slip', exitCode: 3, status: 422 } });
  });

  test('of an unknown name offers the nearest one', async () => {
    const extension = {
      name: 'Autocomplete',
      version: '1',
      sha256: SHA,
      sizeBytes: 1,
      unpackedBytes: 1,
      revision: 1,
      treeDigest: SHA,
    };
    const { url } = await fakeServices({
      'GET /extensions/Autocmplete': refusal(404, 'extension-unknown'),
      'GET /extensions': { json: { revision: 1, chain: SHA, extensions: [extension] } },
    });
    const { exitCode, stderr } = await tryMuster(['show', 'Autocmplete', '--url', url]);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('Did you mean Autocomplete?')]);
  });
});

describe('what does not answer as it should', () => {
  const cases: [string, Reply, number, RegExp][] = [
    ['an answer that is not JSON', { text: '<html>' }, 1, /cannot be read \(answer-unreadable\): it is not JSON/],
    ['an answer of another shape', { json: { revision: 'x' } }, 1, /answer-unreadable\): revision: /],
    ['an unknown route', refusal(404, 'not-found'), 1, /there is no such route, and the import-service has one/],
    [
      'a redirect',
      { status: 302, text: '', headers: { location: 'http://elsewhere/' } },
      1,
      /sends elsewhere to http:\/\/elsewhere/,
    ],
    ['a proxy without its service', { status: 502, text: 'bad gateway' }, 8, /http-502/],
    ['a refusal of a stranger', { status: 418, text: 'teapot' }, 1, /answers 418/],
    ['a connection that is cut', (request) => request.socket.destroy(), 1, /was not reached \(not-reached\).*cut/],
  ];
  test.each(cases)('%s', async (_name, reply, code, words) => {
    const { url, asked } = await fakeServices({ 'GET /extensions': reply });
    const { exitCode, stderr } = await tryMuster(['list', '--url', url, '--token', 'secret-token']);
    expect([exitCode, stderr]).toEqual([code, expect.stringMatching(words)]);
    expect(stderr).not.toContain('secret-token');
    expect(asked).toHaveLength(1);
  });

  test('nothing listens', async () => {
    const { exitCode, stderr } = await tryMuster(['list', '--url', 'http://127.0.0.1:1']);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('nothing listens there (ECONNREFUSED)')]);
  });
});

describe('Retry-After', () => {
  test('is honoured once', async () => {
    const busy = refusal(503, 'lock-timeout', {}, { 'retry-after': '0' });
    const { url, asked } = await fakeServices({
      'GET /extensions': [busy, { json: { revision: 0, chain: SHA, extensions: [] } }],
    });
    const { exitCode, stderr } = await tryMuster(['list', '--url', url]);
    expect([exitCode, asked.length]).toEqual([0, 2]);
    expect(stderr).toContain('trying once more in 0 s');
  });

  test('but not twice, and not beyond the time that is given', async () => {
    const again = refusal(429, 'too-many-imports', {}, { 'retry-after': '0' });
    const twice = await fakeServices({ 'GET /extensions': again });
    expect((await tryMuster(['list', '--url', twice.url])).exitCode).toBe(8);
    expect(twice.asked).toHaveLength(2);
    const late = await fakeServices({
      'GET /extensions': refusal(429, 'too-many-imports', {}, { 'retry-after': '60' }),
    });
    const { exitCode, stderr } = await tryMuster(['list', '--url', late.url]);
    expect([exitCode, late.asked.length]).toEqual([8, 1]);
    expect(stderr).toContain('Try again in 1 min.');
  });

  test('a roll back whose outcome is unknown is not sent again', async () => {
    const unknown = refusal(503, 'outcome-unknown', {}, { 'retry-after': '0' });
    const { url, asked } = await fakeServices({ 'POST /extensions/Foo/rollback': unknown });
    expect((await tryMuster(['rollback', 'Foo', '--url', url])).exitCode).toBe(8);
    expect(asked).toHaveLength(1);
  });
});

describe('the token', () => {
  test('is sent as Bearer to both services', async () => {
    const { url, asked } = await fakeServices({
      'GET /extensions': { json: { revision: 0, chain: SHA, extensions: [] } },
      'GET /nodes': { json: { revision: 0, nodes: [] } },
    });
    const environment = { MUSTER_URL: url, MUSTER_TOKEN: 'abc.def' };
    expect((await tryMuster(['list'], { environment })).exitCode).toBe(0);
    expect((await tryMuster(['nodes'], { environment })).exitCode).toBe(0);
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer abc.def', 'Bearer abc.def']);
  });

  test('that cannot be one is refused without being shown', async () => {
    const { exitCode, stderr } = await tryMuster(['list'], { environment: { MUSTER_TOKEN: 'two words' } });
    expect([exitCode, stderr]).toEqual([1, expect.not.stringContaining('two words')]);
  });
});

test("a stranger's text cannot play with the terminal", async () => {
  const extension = {
    name: 'Foo',
    version: '1',
    sha256: SHA,
    sizeBytes: 1,
    unpackedBytes: 1,
    revision: 1,
    treeDigest: SHA,
  };
  const evil = { ...extension, description: 'a\u001b[2Jb\u009bc\u202ed' };
  const { url } = await fakeServices({ 'GET /extensions': { json: { revision: 1, chain: SHA, extensions: [evil] } } });
  const shown = await tryMuster(['list', '--url', url], { terminal: true });
  expect(shown.stdout).toContain('a\uFFFD[2Jb\uFFFDc\uFFFDd');
  const json = await tryMuster(['list', '--url', url, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ extensions: [{ description: evil.description }] });
  const coloured = await tryMuster(['list', '--url', url], { terminal: true, environment: { NO_COLOR: '1' } });
  expect(coloured.stdout).not.toContain('\u001b');
});
