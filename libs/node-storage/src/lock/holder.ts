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

/** It only helps people, while the holder lives: not made durable, and on a full disk nothing is said. */
export function writeHolder(fd: number, holder: LockHolder | undefined): void {
  try {
    ftruncateSync(fd, 0);
    if (holder !== undefined) writeSync(fd, `${JSON.stringify(holder)}\n`, 0);
  } catch {
    // The lock is what counts; whoever waits for it is told of a process that has not said who it is.
  }
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
