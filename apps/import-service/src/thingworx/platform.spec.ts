import { Catalog } from '@muster/catalog';
import { buildPackage, createDatabase } from '@muster/testing';
import { migrate } from '@muster/catalog';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningService } from '../spec/running-service.js';
import { APP_KEY, Facade, SERVICES, XSRF } from './spec/facade.js';

let service: RunningService;
let facade: Facade;
beforeAll(async () => {
  service = await RunningService.start();
  facade = new Facade(service.url);
  await facade.upload(
    buildPackage({
      name: 'Base',
      version: '1.2',
      vendor: 'ACME',
      description: 'What others need',
      minimumThingWorxVersion: '9.1.0',
      attributes: { buildNumber: '{"giteaURL":"x"}', groupId: 'com.acme', artifactId: 'base' },
      files: { 'ui/w/w.js': 'let w;', 'ui/index.html': '<p>', 'lib/common/base.jar': 'jar' },
    }),
  );
  await facade.upload(buildPackage({ name: 'Needy', dependsOn: [{ name: 'Base', version: '1.0' }] }));
});
afterAll(() => service.close());

describe('what is installed', () => {
  test('is listed with all that the package says of itself, by a service and as a collection', async () => {
    const answers = [
      await facade.service('GetExtensionPackageList', {}),
      await facade.service('GetExtensionPackageList'),
      await facade.send({ method: 'GET', path: '/ExtensionPackages', headers: { Accept: 'application/json' } }),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        200,
        expect.stringMatching(/^application\/json/),
      ]);
      const { rows, dataShape } = answer.json<{ rows: object[]; dataShape: { name: string } }>();
      expect(dataShape.name).toBe('ExtensionPackage');
      expect(rows).toMatchObject([{ name: 'Base' }, { name: 'Needy' }]);
      expect(rows[0]).toEqual({
        name: 'Base',
        packageVersion: '1.2.0',
        vendor: 'ACME',
        description: 'What others need',
        minimumThingWorxVersion: '9.1.0',
        buildNumber: '{"giteaURL":"x"}',
        groupId: 'com.acme',
        artifactId: 'base',
      });
    }
  });

  test('is told of with its users', async () => {
    const rowsOf = async (packageName: string) =>
      (await facade.service('GetExtensionsInUse', { packageName })).json().rows;
    expect(await rowsOf('Base')).toMatchObject([{ name: 'Needy', type: 'ExtensionPackage' }]);
    expect(await rowsOf('Needy')).toEqual([]);
  });

  test.for<[string, number, string | undefined]>([
    ['Common/extensions/Base/ui/w/w.js', 200, 'text/javascript; charset=utf-8'],
    ['Common/extensions/Base/ui/index.html', 200, 'text/html; charset=utf-8'],
    ['Common/extensions/Base/ui/none.js', 404, undefined],
    ['Common/extensions/Base/ui/../lib/common/base.jar', 404, undefined],
    ['Common/extensions/Base/ui/..%2Flib%2Fcommon%2Fbase.jar', 404, undefined],
    ['Common/extensions/Base/ui/%2e%2e/lib/common/base.jar', 404, undefined],
    ['Common/extensions/Base/lib/common/base.jar', 404, undefined],
    ['Common/extensions/..%2F..%2F/ui/x', 404, undefined],
    ['Common/extensions/Base/ui/w/w.js%00.html', 404, undefined],
  ])('%s: %i', async ([address, status, type]) => {
    // Not by `fetch`, which would resolve the dots itself.
    const sent = httpRequest(service.url, { path: `/Thingworx/${address}` }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(status);
    if (type !== undefined) expect(answer.headers['content-type']).toBe(type);
  });

  test('is sent again only where it has changed', async () => {
    const address = `${service.url}/Thingworx/Common/extensions/Base/ui/w/w.js`;
    const first = await fetch(address);
    const etag = first.headers.get('etag') ?? '';
    expect([await first.text(), first.headers.get('cache-control')]).toEqual(['let w;', 'no-cache']);
    expect((await fetch(address, { headers: { 'If-None-Match': etag } })).status).toBe(304);
    expect((await fetch(address, { method: 'HEAD' })).headers.get('content-length')).toBe('6');
  });
});

describe('a removal', () => {
  test.for<[string, object | undefined, number, string]>([
    ['', { packageName: 'Base' }, 409, '"Needy"'],
    ['', { packageName: 'Nobody' }, 404, 'Nobody'],
    ['', { packageName: '../Base' }, 404, '../Base'],
    ['', {}, 400, 'packageName'],
    ['', undefined, 400, 'packageName'],
    ['', { packageName: 7 }, 400, 'packageName'],
    ['', ['Base'], 400, 'no JSON object'],
    ['?packageName=', undefined, 400, 'packageName'],
  ])('%s %j is refused with %i', async ([query, input, status, text]) => {
    const answer = await facade.service(`DeleteExtensionPackage${query}`, input);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)]);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await service.installed()).toEqual(['Base', 'Needy']);
  });

  test('needs a body that can be read', async () => {
    const headers = { ...APP_KEY, ...XSRF, 'Content-Type': 'application/json' };
    const sent = { path: `${SERVICES}/DeleteExtensionPackage`, headers };
    expect((await facade.send({ ...sent, body: '{"packageName":' })).status).toBe(400);
    expect((await facade.send({ ...sent, body: `{"packageName":"${'x'.repeat(1_100_000)}"}` })).status).toBe(413);
  });

  test('goes by body, with a charset, or by query; the zip stays for a roll back', async () => {
    for (const name of ['Gone.One', 'Gone.Two']) await facade.upload(buildPackage({ name }));
    const headers = { ...XSRF, 'Content-Type': 'application/json; charset=UTF-8' };
    const path = `${SERVICES}/DeleteExtensionPackage`;
    const answers = [
      await facade.send({ path, headers, body: '{"packageName":"Gone.One"}' }),
      await facade.send({ path: `${path}?packageName=Gone.Two`, headers }),
    ];
    for (const { status, text } of answers) expect([status, text]).toEqual([200, '']);
    expect(await service.installed()).toEqual(['Base', 'Needy']);
    expect((await service.rollBack('Gone.Two')).status).toBe(201);
    await service.remove('Gone.Two');
  });
});

describe('other services', () => {
  test.for(['GetExtensionPackageDetails', 'GetExtensionsInUse'])('%s of what is not there', async (name) => {
    expect((await facade.service(name, { packageName: 'Nobody' })).status).toBe(404);
    expect((await facade.service(name, {})).status).toBe(400);
  });

  test('the cluster: every expected node, alive or not', async () => {
    const catalog = Catalog.connect({ url: service.database.urlAs('muster_agent'), applicationName: 'agents' });
    const enrol = (node: string, leaseMs: number) =>
      catalog.nodes.enrol({ node, storageId: node, instance: node, address: `http://${node}:1`, leaseMs });
    await enrol('node-1', 60_000);
    await enrol('node-2', 0);
    await catalog.close();
    const answer = await facade.send({ path: '/Subsystems/ClusteringSubsystem/Services/GetClusterStatus' });
    expect(answer.json()).toMatchObject({
      clusterName: 'local',
      nodes: [
        { name: 'node-1', status: 'ONLINE', address: 'http://node-1:1', startTime: expect.any(Number) as number },
        { name: 'node-2', status: 'OFFLINE' },
      ],
    });
  });

  test('health and readiness, and what is not offered', async () => {
    for (const path of ['/health', '/ready']) expect((await facade.send({ method: 'GET', path })).status).toBe(200);
    for (const path of ['/Things/Unknown', '/Widgets/none', '/Nothing'])
      expect((await facade.send({ method: 'GET', path })).status).toBe(404);
    expect((await facade.send({ path: '/Subsystems/PlatformSubsystem/Services/Restart' })).status).toBe(404);
  });

  test('not ready without its database, and healthy all the same', async () => {
    const database = await createDatabase({ migrate });
    const alone = await RunningService.start({ database });
    await database.drop();
    const lonely = new Facade(alone.url);
    expect((await lonely.send({ method: 'GET', path: '/health' })).status).toBe(200);
    const answer = await lonely.send({ method: 'GET', path: '/ready' });
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('database')]);
    expect(answer.headers.get('retry-after')).toBe('1');
  });
});
