import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Catalog, type DraftInstall } from '@muster/catalog';
import { waitFor } from '@muster/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingConsumer } from '../conformance/index.js';
import { COMMIT_LOCK, PostgresHarness } from '../spec/postgres-harness.js';

const WRITERS = 8;

describe("the catalog's own commits", () => {
  let harness: PostgresHarness;
  let catalog: Catalog;
  beforeEach(async () => {
    harness = await PostgresHarness.make();
    catalog = Catalog.connect({ url: harness.database.urlAs('muster_importer'), applicationName: 'spec' });
  });
  afterEach(async () => {
    await catalog.close();
    await harness.close();
  });

  it('come in revision order, each once, from writers at once', async () => {
    const { log } = await harness.openEvents();
    const consumer = await new RecordingConsumer().subscribe(log, 'agent');
    const installs = await Promise.all(Array.from({ length: WRITERS * 3 }, (_, n) => install(`Extension-${n}`)));
    const commits = installs.map((change, n) =>
      catalog.revisions.commit({ importId: `import-${n}`, actor: 'spec', changes: [change] }),
    );
    const results = await Promise.all(commits);
    expect(results.every(({ ok }) => ok)).toBe(true);
    await consumer.untilCount(installs.length);
    expect(consumer.events.map(({ revision }) => revision)).toEqual(installs.map((_, n) => n + 1));
    expect(consumer.events).toEqual(await harness.committed());
  });

  it('take the lock under which the conformance suite appends', async () => {
    const holder = await harness.pool.connect();
    await holder.query('select pg_advisory_lock($1)', [COMMIT_LOCK]);
    const change = await install('Alpha');
    const committing = catalog.revisions.commit({ importId: 'import-1', actor: 'spec', changes: [change] });
    const waits = async (): Promise<boolean> =>
      (await harness.pool.query(`select from pg_locks where locktype = 'advisory' and not granted`)).rows.length === 1;
    await waitFor(waits, { what: 'the commit to wait for the lock' });
    await holder.query('select pg_advisory_unlock($1)', [COMMIT_LOCK]);
    holder.release();
    expect(await committing).toMatchObject({ ok: true, revision: 1 });
  });

  async function install(name: string): Promise<DraftInstall> {
    const { blob, sizeBytes, sha256 } = await catalog.blobs.write(Readable.from([Buffer.from(`zip of ${name}`)]));
    return {
      action: 'install',
      expected: null,
      package: {
        blob,
        sizeBytes,
        sha256,
        unpackedBytes: 0,
        metadata: { name, version: '1.0.0', dependsOn: [], entities: [], fileResources: [] },
        manifest: { files: [], directories: [] },
        treeDigest: createHash('sha256').update(name).digest('hex'),
      },
    };
  }
});
