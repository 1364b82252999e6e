import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryDirectory } from '@muster/testing';
import { Cluster, countOn, describeOnOneLog } from './cluster.js';
import { upload, writeLargePackage } from './large-package.js';

const LIMIT_MB = 256;
const MEGABYTES = 500;
/** Still more than what a service may grow by. */
const MEGABYTES_OF_SECOND_LOG = 300;

/** The most memory that a process has had resident, in MB. */
function peakMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}

describeOnOneLog('memory', (log) => {
  const megabytes = countOn(log, MEGABYTES, MEGABYTES_OF_SECOND_LOG);
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ log, nodes: 2 });
  });
  afterAll(() => cluster.down());

  test(`a package of ${megabytes} MB makes no service grow by ${LIMIT_MB} MB`, async () => {
    const services = {
      'import-service': ['import-service'],
      'agent of the origin': ['sync-agent', 'node-1'],
      'other agent': ['sync-agent', 'node-2'],
    };
    const before = new Map<string, { pid: number; mb: number }>();
    for (const [name, words] of Object.entries(services)) {
      const [pid] = await cluster.pids(...words);
      before.set(name, { pid: pid!, mb: peakMb(pid!) });
    }
    const directory = await temporaryDirectory('memory');
    const answer = await upload(
      `${cluster.importUrl()}/imports`,
      await writeLargePackage(directory, 'Huge', '1.0.0', megabytes),
    );
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    expect((await cluster.convergence(answer.body.revision, '120s')).state).toBe('converged');
    const growth = Array.from(before, ([name, { pid, mb }]) => ({ name, mb: Math.round(peakMb(pid) - mb) }));
    process.stdout.write(
      `peak growth for ${megabytes} MB: ${growth.map(({ name, mb }) => `${name} ${mb} MB`).join(', ')}\n`,
    );
    for (const { name, mb } of growth) expect(mb, name).toBeLessThan(LIMIT_MB);
  });
});
