import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

const GIB = 1024 ** 3;

/** What every figure depends on, in one line each. */
export function describeMachine(directory: string): string[] {
  const [cpu] = cpus();
  return [
    `machine: ${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${(totalmem() / GIB).toFixed(0)} GiB, Node ${process.version}, ${process.platform} ${process.arch}`,
    `file system of ${directory}: ${fileSystem(directory)}`,
    `load before: ${loadavg()[0]?.toFixed(2)}${(loadavg()[0] ?? 0) > 1 ? ' (not idle: expect figures that are too large)' : ''}`,
  ];
}

function fileSystem(directory: string): string {
  try {
    const [, line = ''] = execFileSync('df', ['-T', '-k', directory], { encoding: 'utf8' }).trim().split('\n');
    const [device, type, , , available] = line.split(/\s+/);
    return `${type} on ${device}, ${(Number(available) / 1024 ** 2).toFixed(0)} GiB free`;
  } catch {
    return 'unknown (df -T is not there)';
  }
}
