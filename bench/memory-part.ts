import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { BenchCluster } from './cluster.js';
import { Figures } from './figures.js';
import { median } from './measure.js';
import type { BenchOptions } from './options.js';
import { writeLarge } from './packages.js';

interface Watched {
  readonly name: string;
  readonly pid: number;
  readonly idleMb: number;
  readonly peaksMb: number[];
}

/** Most of what one package makes each service grow over what it holds when nothing happens. */
export async function measureMemory(options: BenchOptions, directory: string): Promise<void> {
  if (!existsSync('/proc/self/clear_refs')) {
    new Figures('memory').note('this system has no /proc/<pid>/clear_refs: not measured');
    return;
  }
  for (const megabytes of [10, options.largeMegabytes]) {
    await measureSize(megabytes, options.runs, path.join(directory, `${megabytes}`));
  }
}

async function measureSize(megabytes: number, runs: number, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const cluster = await BenchCluster.start(path.join(directory, 'cluster'), 2);
  try {
    const watched = [
      { name: 'import-service', pid: cluster.pidOf('import-service', 'node-1') },
      { name: 'agent of the origin', pid: cluster.pidOf('sync-agent', 'node-1') },
      { name: 'agent of the other node', pid: cluster.pidOf('sync-agent', 'node-2') },
    ].map((service): Watched => Object.assign(service, { idleMb: memoryMb(service.pid, 'VmRSS'), peaksMb: [] }));
    for (let round = 1; round <= runs; round += 1) {
      const zip = await writeLarge(directory, `Large${round}`, megabytes);
      for (const { pid } of watched) writeFileSync(`/proc/${pid}/clear_refs`, '5');
      const { revision } = await cluster.import(zip);
      await cluster.converged(revision);
      for (const { pid, peaksMb } of watched) peaksMb.push(memoryMb(pid, 'VmHWM'));
      await rm(zip);
      process.stderr.write(round === 1 ? `  ${round}` : ` ${round}`);
    }
    process.stderr.write('\n');
    const figures = new Figures(`memory: peak over idle for a package of ${megabytes} MB, median of ${runs}`);
    for (const { name, idleMb, peaksMb } of watched) {
      const most = Math.max(...peaksMb) - idleMb;
      figures.megabytes(
        `${name} (idle ${idleMb.toFixed(0)}, worst +${most.toFixed(0)})`,
        median(peaksMb) - idleMb,
        130,
      );
    }
    figures.note('130 MB is the goal with unpack workers, 64 MB without');
  } finally {
    await cluster.end();
  }
}

function memoryMb(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (line === null) throw new Error(`/proc/${pid}/status does not tell ${field}`);
  return Number(line[1]) / 1024;
}
