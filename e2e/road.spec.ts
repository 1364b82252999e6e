import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EntityList, ExtensionList, ImportPlan, NodeEntities, RevisionList } from '@muster/contracts';
import { buildPackage } from '@muster/testing';
import { Cluster, describeOnEachLog, request } from './cluster.js';
import { differences, extensionsIn, hasShared, leftovers, sha256OfFile, shared } from './disk.js';

interface RealZip {
  readonly name: string;
  readonly sha256: string;
  readonly extension: { readonly name: string; readonly packageVersion: string };
}

describe.skipIf(!hasShared)('real packages', () => {
  describeOnEachLog('imported once, stand on every node', (log) => {
    const zips = hasShared
      ? (JSON.parse(readFileSync(path.join(shared, 'real-zips/manifest.json'), 'utf8')) as { zips: RealZip[] }).zips
      : [];
    const file = (zip: RealZip) => path.join(shared, 'real-zips', zip.name);
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = await Cluster.start({ log });
    });
    afterAll(() => cluster.down());

    test.for(
      zips
        .filter((zip) => zip.name !== 'ConcurrencyExtension_0.1.33.zip')
        .toSorted((a, b) => a.sha256.localeCompare(b.sha256)),
    )('$name', async (zip) => {
      const answer = await cluster.importFile(file(zip));
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      expect(answer.body.changes).toMatchObject([
        { action: 'install', extension: zip.extension.name, version: zip.extension.packageVersion, sha256: zip.sha256 },
      ]);
      expect(await cluster.convergence(answer.body.revision)).toMatchObject({
        state: 'converged',
        revision: answer.body.revision,
      });
      for (const node of cluster.nodeIds) {
        const directory = cluster.extension(node, zip.extension.name);
        expect(await differences(directory, zip.extension.name, file(zip)), node).toEqual([]);
        expect(readFileSync(path.join(directory, `${zip.extension.name}.chk`), 'utf8')).toBe(
          `${zip.sha256}  ${zip.extension.name}.zip\n`,
        );
      }
    });

    test('the upgrade pair upgrades', async () => {
      const newer = zips.find((zip) => zip.name === 'ConcurrencyExtension_0.1.33.zip')!;
      const answer = await cluster.importFile(file(newer));
      expect(answer.body.changes).toMatchObject([{ action: 'upgrade', version: '0.1.33', previousVersion: '0.1.25' }]);
      expect((await cluster.convergence(answer.body.revision)).state).toBe('converged');
      for (const node of cluster.nodeIds) {
        expect(
          await differences(cluster.extension(node, 'ConcurrencyExtension'), 'ConcurrencyExtension', file(newer)),
          node,
        ).toEqual([]);
      }
    });

    test('the same bytes again change nothing', async () => {
      const answer = await cluster.importFile(file(zips[0]!));
      expect(answer.status).toBe(200);
      expect(answer.body.changes).toEqual([]);
    });

    test('a removal takes it away everywhere, and importing it again brings it back', async () => {
      const zip = zips.find((candidate) => candidate.extension.name === 'DiffViewer')!;
      const removed = await cluster.remove('DiffViewer');
      expect(removed.status).toBe(200);
      expect(removed.body.changes).toMatchObject([{ action: 'remove', extension: 'DiffViewer', version: '1.0.10' }]);
      expect((await cluster.convergence(removed.body.revision)).state).toBe('converged');
      for (const node of cluster.nodeIds) expect(extensionsIn(cluster.storage(node))).not.toContain('DiffViewer');
      expect((await cluster.remove('DiffViewer')).status).toBe(404);
      const again = await cluster.importFile(file(zip));
      expect(again.status).toBe(201);
      expect((await cluster.convergence(again.body.revision)).state).toBe('converged');
    });

    test('the zip comes back byte for byte, whole and in ranges', async () => {
      const zip = zips.find((candidate) => candidate.extension.name === 'Autocomplete')!;
      const bytes = readFileSync(file(zip));
      const whole = await fetch(`${cluster.importUrl()}/extensions/Autocomplete/package`);
      expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
      const range = await fetch(`${cluster.importUrl()}/packages/${zip.sha256}`, {
        headers: { range: 'bytes=100-299' },
      });
      expect(range.status).toBe(206);
      expect(Buffer.from(await range.arrayBuffer()).equals(bytes.subarray(100, 300))).toBe(true);
      const known = await fetch(`${cluster.importUrl()}/packages/${zip.sha256}`, {
        headers: { 'if-none-match': range.headers.get('etag')! },
      });
      expect(known.status).toBe(304);
    });

    test('the whole cluster is converged, and nothing is left in staging or trash', async () => {
      const all = await cluster.convergence();
      expect(all).toMatchObject({ state: 'converged' });
      expect(all.nodes.map((node) => node.node)).toEqual(cluster.nodeIds);
      const list = (await request<ExtensionList>(`${cluster.importUrl()}/extensions`)).body;
      for (const node of cluster.nodeIds) {
        expect(extensionsIn(cluster.storage(node))).toEqual(list.extensions.map(({ name }) => name).toSorted());
        expect(leftovers(cluster.storage(node))).toEqual([]);
      }
    });

    test('revisions and entities can be read', async () => {
      const { revisions } = (await request<RevisionList>(`${cluster.importUrl()}/revisions?after=0`)).body;
      expect(revisions.map(({ revision }) => revision)).toEqual(revisions.map((_, index) => index + 1));
      const catalog = (await request<EntityList>(`${cluster.importUrl()}/entities`)).body;
      expect(catalog.entities).toContainEqual({ type: 'Widget', name: 'Autocomplete', extension: 'Autocomplete' });
      const node = (await request<NodeEntities>(`${cluster.agentUrl('node-2')}/entities`)).body;
      const key = (entity: { type: string; name: string }) => `${entity.type} ${entity.name}`;
      expect(node.entities.map(key).toSorted()).toEqual(catalog.entities.map(key).toSorted());
    });

    test('the interface is described', async () => {
      for (const url of [cluster.importUrl(), cluster.statusUrl, cluster.agentUrl('node-1')]) {
        expect((await fetch(`${url}/docs`)).status, url).toBe(200);
        expect((await request<{ openapi: string }>(`${url}/docs-json`)).body.openapi).toMatch(/^3/);
      }
    });
  });
});

describeOnEachLog('made packages', (log) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ log });
  });
  afterAll(() => cluster.down());

  test('a dry run tells the plan and every reason, and changes nothing', async () => {
    const owner = buildPackage({ name: 'Owner', entities: [{ type: 'Widget', name: 'shared-widget' }] });
    const first = await request<ImportPlan>(`${cluster.importUrl()}/imports?dryRun=true`, {
      method: 'POST',
      body: new Uint8Array(owner),
    });
    expect(first.body).toMatchObject({
      dryRun: true,
      accepted: true,
      changes: [{ action: 'install', extension: 'Owner' }],
      reasons: [],
    });
    expect(extensionsIn(cluster.storage('node-1'))).toEqual([]);
    expect((await cluster.import(owner)).status).toBe(201);
    const thief = buildPackage({ name: 'owner', entities: [{ type: 'Widget', name: 'shared-widget' }] });
    const second = await request<ImportPlan>(`${cluster.importUrl()}/imports?dryRun=true`, {
      method: 'POST',
      body: new Uint8Array(thief),
    });
    expect(second.body.accepted).toBe(false);
    expect(second.body.reasons.map(({ code }) => code).toSorted()).toEqual(['entity-owned', 'name-collision']);
  });

  test('an entity, a name or a version that stands already is refused with the reason', async () => {
    const before = (await request<ExtensionList>(`${cluster.importUrl()}/extensions`)).body.revision;
    const entity = await cluster.import(
      buildPackage({ name: 'Thief', entities: [{ type: 'Widget', name: 'shared-widget' }] }),
    );
    expect([entity.status, entity.body.code]).toEqual([409, 'entity-owned']);
    expect(entity.body.detail).toContain('Owner');
    const name = await cluster.import(buildPackage({ name: 'OWNER' }));
    expect([name.status, name.body.code]).toEqual([409, 'name-collision']);
    const bytes = buildPackage({ name: 'Owner', files: { 'lib/other.jar': 'other bytes' } });
    const version = await cluster.import(bytes);
    expect([version.status, version.body.code]).toEqual([409, 'version-exists']);
    expect((await request<ExtensionList>(`${cluster.importUrl()}/extensions`)).body.revision).toBe(before);
    expect(extensionsIn(cluster.storage('node-1'))).toEqual(['Owner']);
    const forced = await cluster.import(bytes, { query: '?force=true' });
    expect(forced.status).toBe(201);
    expect((await cluster.convergence(forced.body.revision)).state).toBe('converged');
  });

  test('a multipart upload is taken as it is from a form', async () => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(buildPackage({ name: 'FromForm' }))]), 'FromForm.zip');
    const answer = await fetch(`${cluster.importUrl()}/imports`, { method: 'POST', body: form });
    expect(answer.status).toBe(201);
  });

  test('dependencies come first and a dependency that is missing is named', async () => {
    const needy = buildPackage({ name: 'Needy', dependsOn: [{ name: 'Base', version: '1.2.0' }] });
    const missing = await cluster.import(needy);
    expect([missing.status, missing.body.code]).toEqual([409, 'dependency-missing']);
    expect(missing.body.detail).toContain('Base');
    expect((await cluster.import(buildPackage({ name: 'Base', version: '1.3.0' }))).status).toBe(201);
    const taken = await cluster.import(needy);
    expect(taken.status, JSON.stringify(taken.body)).toBe(201);
    expect((await cluster.convergence(taken.body.revision)).state).toBe('converged');
  });

  test('a restart of everything keeps what was there', async () => {
    const before = extensionsIn(cluster.storage('node-2'));
    expect(await cluster.down()).toBe(0);
    expect(await cluster.pids()).toEqual([]);
    await cluster.up();
    expect((await cluster.convergence()).state).toBe('converged');
    expect(extensionsIn(cluster.storage('node-2'))).toEqual(before);
    expect(await sha256OfFile(path.join(cluster.extension('node-2', 'Owner'), 'Owner.chk'))).toMatch(/^[0-9a-f]{64}$/);
  });
});
