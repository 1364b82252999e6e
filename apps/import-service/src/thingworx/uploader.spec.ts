import { buildPackage, buildZip, waitFor } from '@muster/testing';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningService } from '../spec/running-service.js';
import { APP_KEY, BASIC, Facade, KEY, reported, statuses, USER, XSRF } from './spec/facade.js';

const lines: string[] = [];
let service: RunningService;
let facade: Facade;
beforeAll(async () => {
  const env = {
    MUSTER_APP_KEYS: `${KEY}:${USER}`,
    MUSTER_MAX_ZIP_BYTES: '200000',
    MUSTER_DEPLOY_HOOK: 'test "$MUSTER_EXTENSION" != Unwanted || { echo no room >&2; exit 3; }',
  };
  service = await RunningService.start({ env, lines });
  facade = new Facade(service.url);
});
afterAll(() => service.close());

const file = (extension: string, name: string) =>
  readFile(path.join(service.storage, 'extensions', extension, name), 'utf8');

describe('an upload', () => {
  test('is made by the user of the key, and told to the audit', async () => {
    expect((await facade.upload(buildPackage({ name: 'Mine' }))).status).toBe(200);
    const { body } = await service.request<{ history: { actor: string }[] }>('/extensions/Mine');
    expect(body.history).toMatchObject([{ actor: USER }]);
    const owner = new Client({ connectionString: service.database.ownerUrl });
    await owner.connect();
    const { rows } = await owner.query(`select actor, action, outcome from audit where subject = 'Mine'`);
    await owner.end();
    expect(rows).toEqual([{ actor: USER, action: 'import', outcome: 'ok' }]);
  });

  test('of other bytes of one version is left out, says so, and changes nothing', async () => {
    const build = (bytes: string) => buildPackage({ name: 'Bytes', files: { 'lib/x.jar': bytes } });
    expect(statuses(await facade.upload(build('one')))).toEqual({ validate: [0], install: [0] });
    const answer = await facade.upload(build('other'));
    expect([answer.status, statuses(answer)]).toEqual([200, { validate: [0], install: [2] }]);
    expect(reported(answer).install?.[0]?.[1]).toMatch(/other bytes.*skipped because it is already installed$/);
    expect(await file('Bytes', 'lib/x.jar')).toBe('one');
  });

  test('that is only to be validated changes nothing, whatever the answer', async () => {
    for (const value of ['true', 'TRUE']) {
      const answer = await facade.upload(buildPackage({ name: 'Tried' }), `?purpose=import&validate=${value}`);
      expect([answer.status, statuses(answer)]).toEqual([200, { validate: [0] }]);
    }
    const needy = buildPackage({ name: 'Tried', dependsOn: [{ name: 'Missing', version: '1.0' }] });
    const refused = await facade.upload(needy, '?validate=true');
    expect([refused.status, statuses(refused)]).toEqual([406, { validate: [1] }]);
    expect(refused.text).toContain('needs \\"Missing\\" 1.0');
    expect(await service.installed()).not.toContain('Tried');
    expect(await service.leftovers()).toEqual([]);
  });

  test('of an entity that another extension owns is refused with the reason in the row', async () => {
    const entities = [{ type: 'Widget', name: 'wanted-by-two' }];
    await facade.upload(buildPackage({ name: 'Owner', entities }));
    const answer = await facade.upload(buildPackage({ name: 'Rival', entities }));
    expect([answer.status, statuses(answer)]).toEqual([406, { validate: [1] }]);
    expect(reported(answer).validate[0]?.[1]).toMatch(/wanted-by-two.*Owner/);
    expect(answer.headers.get('content-type')).toContain('application/json');
  });

  test('whose hook fails is valid, was not installed, and says what the hook said', async () => {
    const answer = await facade.upload(buildPackage({ name: 'Unwanted' }));
    expect([answer.status, statuses(answer)]).toEqual([406, { validate: [0], install: [1] }]);
    expect(reported(answer).install?.[0]?.[1]).toContain('no room');
    expect(await service.installed()).not.toContain('Unwanted');
  });

  test('is refused while the catalog is frozen, with the way out', async () => {
    await service.hold('/freeze', 'closing of the month');
    const answers = [
      await facade.upload(buildPackage({ name: 'Late' })),
      await facade.upload(buildPackage({ name: 'Late' }), '?validate=true'),
    ];
    await service.hold('/freeze');
    for (const { status, text } of answers) expect([status, text]).toEqual([406, expect.stringContaining('closing')]);
  });
});

describe('a bundle', () => {
  const bundle = (...zips: Buffer[]) => buildZip(zips.map((data, index) => ({ name: `${index}.zip`, data })));

  test('goes on without what is there, with a row for each, what is needed first', async () => {
    const same = buildPackage({ name: 'B.Same' });
    for (const zip of [same, buildPackage({ name: 'B.Newer', version: '2.0' })]) await facade.upload(zip);
    const needy = buildPackage({ name: 'B.Needy', dependsOn: [{ name: 'B.Base', version: '1.0' }] });
    const sent = bundle(
      needy,
      same,
      buildPackage({ name: 'B.Newer', version: '1.0' }),
      buildPackage({ name: 'B.Base' }),
    );
    for (const query of ['?purpose=import&validate=true', '?purpose=import']) {
      const answer = await facade.upload(sent, query);
      expect(answer.status, answer.text).toBe(200);
      const { validate, install } = reported(answer);
      expect(validate.map(([status]) => status)).toEqual([0, 0, 0, 0]);
      if (query.includes('validate')) continue;
      const told = (install ?? []).map(([status, message]) => `${status} ${message}`);
      expect(told.indexOf('0 Extension B.Base 1.0.0 was installed')).toBeLessThan(
        told.indexOf('0 Extension B.Needy 1.0.0 was installed'),
      );
      expect(told.filter((text) => /^2 .*skipped because it is already installed$/.test(text))).toHaveLength(2);
    }
    expect(await facade.installed()).toMatchObject({ 'B.Base': '1.0.0', 'B.Needy': '1.0.0', 'B.Newer': '2.0.0' });
  });

  test('of which one does not fit is refused as a whole, and the row of that one says why', async () => {
    const sent = bundle(
      buildPackage({ name: 'C.Good' }),
      buildPackage({ name: 'C.Bad', dependsOn: [{ name: 'Nobody', version: '1' }] }),
    );
    const answer = await facade.upload(sent);
    expect([answer.status, statuses(answer).validate.toSorted(), statuses(answer).install]).toEqual([
      406,
      [0, 1],
      undefined,
    ]);
    expect(answer.text).toContain('needs \\"Nobody\\"');
    expect(Object.keys(await facade.installed())).not.toContain('C.Good');
  });

  test('of which one fails in its hook is backed out, and says whose hook it was', async () => {
    const answer = await facade.upload(bundle(buildPackage({ name: 'D.Good' }), buildPackage({ name: 'Unwanted' })));
    expect([answer.status, statuses(answer)]).toEqual([406, { validate: [0, 0], install: [1, 1] }]);
    for (const [, message] of reported(answer).install ?? []) expect(message).toContain('no room');
    expect(await service.installed()).not.toContain('D.Good');
  });
});

describe('what is no package', () => {
  test.for<[string, Buffer, number, string]>([
    ['bytes that are no zip', Buffer.from('no zip at all'), 406, 'Not Acceptable: '],
    ['a zip without metadata', buildPackage({ name: 'X', metadata: null }), 406, '[metadata-missing]'],
    ['a zip that is too large', Buffer.alloc(200_001), 413, 'MUSTER_MAX_ZIP_BYTES'],
    ['nothing', Buffer.alloc(0), 400, '[empty-body]'],
  ])('%s', async ([, bytes, status, text]) => {
    for (const query of ['?purpose=import', '?purpose=import&validate=true']) {
      const answer = await facade.upload(bytes, query);
      expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)]);
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    }
    expect(await service.leftovers()).toEqual([]);
  });

  test.for<[string, Record<string, string>, string, number]>([
    ['JSON', { 'Content-Type': 'application/json' }, '{}', 415],
    ['broken JSON', { 'Content-Type': 'application/json' }, '{', 400],
    ['a form without its boundary', { 'Content-Type': 'multipart/form-data' }, 'x', 400],
    ['a form that is cut off', { 'Content-Type': 'multipart/form-data; boundary=b' }, '--b\r\nContent-Dis', 400],
    [
      'a form without a file',
      { 'Content-Type': 'multipart/form-data; boundary=b' },
      '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
      400,
    ],
  ])('%s', async ([, headers, body, status]) => {
    const sent = { path: '/ExtensionPackageUploader', headers: { ...APP_KEY, ...XSRF, ...headers }, body };
    expect((await facade.send(sent)).status).toBe(status);
  });

  test.for(['?purpose=validate', '?purpose=delete', '?purpose=import&validate=maybe', '?validate=1'])(
    '%s',
    async (query) => {
      const answer = await facade.upload(buildPackage({ name: 'Asked' }), query);
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('purpose=import&validate=true')]);
      expect(await service.installed()).not.toContain('Asked');
    },
  );
});

describe('who is not let in', () => {
  test('is refused before the upload is read, with a challenge', async () => {
    const form = { part: 'file', fileName: 'x.zip', bytes: Buffer.alloc(150_000) };
    const answer = await facade.send({ path: '/ExtensionPackageUploader', headers: XSRF, form });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic /)]);
    expect(answer.text).toContain('appKey');
    expect(answer.headers.get('content-type')).toContain('text/plain');
  });

  test('nor is a page of another site, whatever it knows', async () => {
    for (const page of [{ 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'https://evil.example.com' }]) {
      const answer = await facade.upload(buildPackage({ name: 'Evil' }), '?purpose=import', page);
      expect(answer.status).toBe(403);
    }
    expect(await service.installed()).not.toContain('Evil');
  });

  test('the rest of the service asks for no key, as before', async () => {
    expect((await service.request('/extensions')).status).toBe(200);
    expect((await facade.send({ method: 'GET', path: '/ExtensionPackages' })).status).toBe(401);
  });
});

test('no key is ever logged, in whichever way it comes', async () => {
  const other = '77777777-not-a-key-of-ours';
  const listing = `/Subsystems/PlatformSubsystem/Services/GetExtensionPackageList`;
  const before = lines.length;
  const statusesOf = [
    await facade.send({ path: `${listing}?x=1&appKey=${KEY}` }),
    await facade.send({ path: listing, headers: APP_KEY }),
    await facade.send({ path: listing, headers: BASIC }),
    await facade.send({ path: `${listing}?appKey=${other}` }),
    await facade.send({ path: listing, headers: { appKey: other } }),
  ].map(({ status }) => status);
  expect(statusesOf).toEqual([200, 200, 200, 401, 401]);
  await waitFor(() => lines.slice(before).filter((line) => line.includes(listing)).length >= 5, { what: 'five lines' });
  const logged = lines.join('');
  expect(logged).toContain('?x=1&appKey=[secret]');
  for (const secret of [KEY, other, BASIC.Authorization.slice('Basic '.length)]) expect(logged).not.toContain(secret);
});
