import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { Catalog, migrate, type NewPackage } from '@muster/catalog';
import { packageTreeDigest, sha256Hex } from '@muster/contracts';
import { startEmbeddedPostgres } from '@muster/embedded-postgres';
import { eventLogConfig, openLogs, type EventLog } from '@muster/event-log';
import { z } from 'zod';
import { BenchBroker } from './broker.js';
import { Figures } from './figures.js';
import type { BenchOptions } from './options.js';
import { quantile } from './measure.js';

const EVENTS = 1_000;
/** Not counted: connections, caches, compiled code. */
const WARM_UP = 100;
const ARRIVAL_DEADLINE_MS = 30_000;

interface Latencies {
  /** From the call of the commit until it has returned. */
  readonly commitMs: readonly number[];
  /** From the call of the commit until a consumer's handler has the event. */
  readonly wholeMs: readonly number[];
  /** From the commit's return until then; where the handler is faster than the answer to the committer, 0. */
  readonly afterMs: readonly number[];
}

/**
 * From a commit until a consumer's handler has its event, one at a time, as the broker's own end-to-end tool measures: on the
 * PostgreSQL log, and on Kafka next to that tool on the same broker.
 */
export async function measureLatency(_options: BenchOptions, directory: string): Promise<void> {
  const postgres = await startEmbeddedPostgres({ dataDir: path.join(directory, 'postgres') });
  try {
    const figures = new Figures(
      `latency: ${EVENTS} commits one after another, each until a consumer's handler has its event`,
    );
    await migrate(postgres.url);
    const embedded = await latencies(postgres.url, {});
    tell(figures, 'PostgreSQL', embedded);
    figures.ratio('PostgreSQL p50, ms', quantile(embedded.afterMs, 0.5), { atMost: 5 });
    figures.ratio('PostgreSQL p99, ms', quantile(embedded.afterMs, 0.99), { atMost: 20 });
    await mkdir(path.join(directory, 'kafka'));
    const broker = await BenchBroker.start(path.join(directory, 'kafka'));
    try {
      const kafka = await latencies(postgres.url, { KAFKA_BROKERS: broker.address });
      tell(figures, 'Kafka', kafka);
      const tool = await broker.endToEndLatency(EVENTS);
      figures.note(`EndToEndLatency of the broker: mean ${tool.meanMs} ms, p50 ${tool.p50Ms} ms, p99 ${tool.p99Ms} ms`);
      const allowedMs = 1.5 * Math.max(tool.meanMs, tool.p50Ms) + quantile(kafka.commitMs, 0.5);
      figures.ratio(`Kafka p50, ms`, quantile(kafka.wholeMs, 0.5), {
        atMost: allowedMs,
        text: `at most 1.5 times the tool plus the commit, ${allowedMs.toFixed(2)}`,
      });
    } finally {
      await broker.end();
    }
  } finally {
    await postgres.stop();
  }
}

function tell(figures: Figures, log: string, { commitMs, wholeMs, afterMs }: Latencies): void {
  const text = (values: readonly number[]): string =>
    [0.5, 0.9, 0.99].map((q) => `p${q * 100} ${quantile(values, q).toFixed(2)}`).join(', ');
  figures.note(`${log}: commit ${text(commitMs)} ms`);
  figures.note(`${log}: commit's return to handler ${text(afterMs)} ms`);
  figures.note(`${log}: commit's call to handler ${text(wholeMs)} ms`);
}

async function latencies(url: string, environment: Record<string, string>): Promise<Latencies> {
  const catalog = Catalog.connect({ url, poolSize: 4, applicationName: 'muster-bench' });
  const config = { ...z.object(eventLogConfig).parse(environment), MUSTER_CLUSTER: 'bench' };
  const { events, reports } = openLogs(config, { url, applicationName: 'muster-bench' });
  const arrivals = new Map<number, (atMs: number) => void>();
  const relay = await events.relay();
  const subscription = await follow(events, arrivals);
  try {
    const packages = await twoVersions(catalog, `Bench${randomUUID().slice(0, 8)}`);
    const commitMs: number[] = [];
    const wholeMs: number[] = [];
    const afterMs: number[] = [];
    for (let n = 0; n < WARM_UP + EVENTS; n += 1) {
      const one = await commitOne(catalog, packages, n, events.kind === 'postgres', arrivals);
      if (n < WARM_UP) continue;
      commitMs.push(one.committedAt - one.calledAt);
      wholeMs.push(one.arrivedAt - one.calledAt);
      afterMs.push(Math.max(0, one.arrivedAt - one.committedAt));
    }
    return { commitMs, wholeMs, afterMs };
  } finally {
    await subscription.close();
    await relay.close();
    await Promise.all([events.close(), reports.close(), catalog.close()]);
  }
}

function follow(events: EventLog, arrivals: Map<number, (atMs: number) => void>) {
  return events.subscribe({
    consumer: `bench-${randomUUID()}`,
    from: 'end',
    onRecords: (records) => {
      const now = performance.now();
      for (const { event } of records) if (event.type === 'ExtensionChanged') arrivals.get(event.revision)?.(now);
    },
  });
}

/** The handler may have the event before the committer has its answer, and before it knows the revision's number. */
async function commitOne(
  catalog: Catalog,
  [first, second]: readonly [NewPackage, NewPackage],
  n: number,
  published: boolean,
  arrivals: Map<number, (atMs: number) => void>,
): Promise<{ calledAt: number; committedAt: number; arrivedAt: number }> {
  const [next, current] = n % 2 === 0 ? [first, second] : [second, first];
  const action = n === 0 ? 'install' : n % 2 === 0 ? 'downgrade' : 'upgrade';
  const expectedRevision = (await catalog.head()).revision + 1;
  const arrival = new Promise<number>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`revision ${expectedRevision} never arrived`)), ARRIVAL_DEADLINE_MS);
    arrivals.set(expectedRevision, (atMs) => {
      clearTimeout(late);
      resolve(atMs);
    });
  });
  const calledAt = performance.now();
  const result = await catalog.revisions.commit({
    importId: randomUUID(),
    actor: 'bench',
    published,
    changes: [{ action, package: next, expected: n === 0 ? null : current.sha256 }],
  });
  const committedAt = performance.now();
  if (!result.ok) throw new Error(`the commit was refused: ${result.detail}`);
  const arrivedAt = await arrival;
  arrivals.delete(expectedRevision);
  return { calledAt, committedAt, arrivedAt };
}

async function twoVersions(catalog: Catalog, name: string): Promise<[NewPackage, NewPackage]> {
  return [await storePackage(catalog, name, '1.0.0'), await storePackage(catalog, name, '1.1.0')];
}

/** The catalog never looks into the bytes. */
async function storePackage(catalog: Catalog, name: string, version: string): Promise<NewPackage> {
  const { blob, sha256, sizeBytes } = await catalog.blobs.write(Readable.from([Buffer.from(`${name} ${version}`)]));
  const manifest = { files: [{ path: 'metadata.xml', size: 3, sha256: sha256Hex('abc') }], directories: [] };
  const metadata = { name, version, entities: [], dependsOn: [], fileResources: [] };
  const treeDigest = packageTreeDigest(name, sha256, manifest);
  return { sha256, sizeBytes, unpackedBytes: 3, metadata, manifest, treeDigest, blob };
}
