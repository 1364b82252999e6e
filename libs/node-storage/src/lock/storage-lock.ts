import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { StorageError } from '../storage-error.js';
import { native } from '../disk/native.js';
import { describeHolder, readHolder, writeHolder, type LockHolder } from './holder.js';

/** The lock, while it is held. */
export interface HeldLock {
  /** The descriptor that holds it; not inherited by children unless it is passed on. */
  readonly fd: number;
  readonly purpose: string;
  /** Throws `lock-lost` once the lock was given back. */
  assertHeld(): void;
  /** Says in the lock file at which revision the holder works. */
  atRevision(revision: number): void;
}

export interface LockIdentity {
  readonly service: string;
  readonly node: string;
}

interface Waiter {
  readonly granted: (fd: number) => void;
  readonly failed: (error: Error) => void;
}

/**
 * One writer per node storage: an open file description lock on `.muster/lock`.
 *
 * States of this process: idle; asking (one native wait runs, on a descriptor of its own); holding. `waitForLock` cannot be
 * cancelled and occupies a thread of the pool, so at most one runs: waiters queue for it, first in, first out, and one whose
 * deadline passes merely leaves the queue. A grant that finds the queue empty is unlocked and closed at once; until it comes
 * the descriptor stays open (closing it early gave two writers).
 */
export class StorageLock {
  private readonly queue: Waiter[] = [];
  private asking = false;
  private holding: LockHolder | undefined;

  constructor(
    private readonly file: string,
    private readonly identity: LockIdentity,
    private readonly timeoutMs: number,
  ) {}

  /**
   * Runs the work while holding the lock. First in, first out within the process; between processes the kernel decides.
   * Throws `lock-timeout`, which says for whom it waited.
   */
  async withLock<T>(
    purpose: string,
    work: (held: HeldLock) => Promise<T>,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<T> {
    const fd = await this.acquire(purpose, options.timeoutMs ?? this.timeoutMs);
    const held = new Held(fd, purpose, this.identity);
    this.holding = held.holder;
    try {
      held.announce();
      return await work(held);
    } finally {
      this.holding = undefined;
      held.release();
      this.ask();
    }
  }

  /** Who holds it now, this process included; undefined while it is free. For views only. */
  holder(): LockHolder | undefined {
    return holderOf(this.file);
  }

  private acquire(purpose: string, timeoutMs: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.queue.splice(this.queue.indexOf(waiter), 1);
        reject(this.timedOut(purpose, timeoutMs));
      }, timeoutMs);
      const settle = (): void => clearTimeout(timer);
      const waiter: Waiter = {
        granted: (fd) => (settle(), resolve(fd)),
        failed: (error) => (settle(), reject(error)),
      };
      this.queue.push(waiter);
      this.ask();
    });
  }

  private ask(): void {
    if (this.asking || this.holding !== undefined || this.queue.length === 0) return;
    this.asking = true;
    let fd: number | undefined;
    try {
      fd = openSync(this.file, 'a+');
      const request = native.tryLock(fd) ? Promise.resolve() : native.waitForLock(fd);
      request.then(this.granted.bind(this, fd), this.refused.bind(this, fd));
    } catch (error) {
      this.refused(fd, error);
    }
  }

  private granted(fd: number): void {
    this.asking = false;
    if (!standsAt(this.file, fd)) {
      closeSync(fd);
      this.ask();
      return;
    }
    const waiter = this.queue.shift();
    if (waiter !== undefined) {
      // Set before the waiter wakes, so that nobody asks in between.
      this.holding = { ...this.identity, pid: process.pid, purpose: '', since: '' };
      waiter.granted(fd);
      return;
    }
    native.unlock(fd);
    closeSync(fd);
  }

  private refused(fd: number | undefined, error: unknown): void {
    this.asking = false;
    if (fd !== undefined) closeSync(fd);
    const failure = error instanceof Error ? error : new Error(String(error));
    for (const waiter of this.queue.splice(0)) waiter.failed(failure);
  }

  private timedOut(purpose: string, timeoutMs: number): StorageError {
    const detail = `${purpose} waited ${timeoutMs} ms for the storage's lock, which is held by ${describeHolder(this.holder())}`;
    return new StorageError('lock-timeout', detail, { limit: `${timeoutMs}ms`, remedy: 'wait, or end the holder' });
  }
}

class Held implements HeldLock {
  holder: LockHolder;
  private released = false;

  constructor(
    readonly fd: number,
    readonly purpose: string,
    identity: LockIdentity,
  ) {
    this.holder = { ...identity, pid: process.pid, purpose, since: new Date().toISOString() };
  }

  assertHeld(): void {
    if (this.released)
      throw new StorageError('lock-lost', `${this.purpose}: the storage's lock was given back already`);
  }

  atRevision(revision: number): void {
    this.assertHeld();
    this.holder = { ...this.holder, revision };
    this.announce();
  }

  announce(): void {
    writeHolder(this.fd, this.holder);
  }

  /** Closed, not unlocked: a runner that still holds a duplicate keeps the lock until its hook is dead. */
  release(): void {
    this.released = true;
    writeHolder(this.fd, undefined);
    closeSync(this.fd);
  }
}

/** A lock on a file that somebody has removed excludes nobody any more. */
function standsAt(file: string, fd: number): boolean {
  return statSync(file, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
}

/** Looks with a shared lock of its own for an instant: writers wait for it, and are never refused by it. */
export function holderOf(file: string): LockHolder | undefined {
  const fd = openSync(file, 'a+');
  try {
    if (native.tryLock(fd, 0, 0, { shared: true })) return undefined;
    return readHolder(fd) ?? { service: 'unknown', node: 'unknown', pid: 0, purpose: 'unknown', since: 'unknown' };
  } finally {
    closeSync(fd);
  }
}
