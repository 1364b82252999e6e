import { ftruncateSync, readSync, writeSync } from 'node:fs';

/** Who holds a lock, as it says so itself in the lock file. */
export interface LockHolder {
  readonly service: string;
  readonly node: string;
  readonly pid: number;
  /** What for, in plain words. */
  readonly purpose: string;
  readonly revision?: number;
  /** RFC 3339. */
  readonly since: string;
}

const MAX_BYTES = 4096;

/** Written without fsync: it only helps people, while the holder lives. */
export function writeHolder(fd: number, holder: LockHolder | undefined): void {
  const text = holder === undefined ? '' : `${JSON.stringify(holder)}\n`;
  ftruncateSync(fd, 0);
  if (text !== '') writeSync(fd, text, 0);
}

export function readHolder(fd: number): LockHolder | undefined {
  const buffer = Buffer.alloc(MAX_BYTES);
  const length = readSync(fd, buffer, 0, MAX_BYTES, 0);
  try {
    const value = JSON.parse(buffer.toString('utf8', 0, length)) as LockHolder;
    return typeof value.service === 'string' && typeof value.pid === 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}

export function describeHolder(holder: LockHolder | undefined): string {
  if (holder === undefined) return 'a process that has not said who it is';
  const revision = holder.revision === undefined ? '' : `, revision ${holder.revision}`;
  return `${holder.service} of node ${holder.node} (pid ${holder.pid}${revision}: ${holder.purpose}, since ${holder.since})`;
}
