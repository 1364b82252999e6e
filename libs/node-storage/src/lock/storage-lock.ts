import type { LockHolder } from './holder.js';

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

export declare class StorageLock {
  /**
   * Runs the work while holding the lock. First in, first out within the process; between processes the kernel decides.
   * Throws `lock-timeout`, which says for whom it waited.
   */
  withLock<T>(
    purpose: string,
    work: (held: HeldLock) => Promise<T>,
    options?: { readonly timeoutMs?: number },
  ): Promise<T>;
  /** Who holds it now, this process included; undefined while it is free. For views only. */
  holder(): LockHolder | undefined;
}
