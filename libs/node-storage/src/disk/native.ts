import { createRequire } from 'node:module';

/** The part of fs-native-extensions that is used here; the package comes without types. */
interface NativeFileSystem {
  /** An open file description lock: it belongs to the descriptor and its duplicates, not to the process. */
  tryLock(fd: number, offset?: number, length?: number, options?: { readonly shared?: boolean }): boolean;
  /** Occupies one thread of the pool until it is granted, and cannot be cancelled. */
  waitForLock(fd: number): Promise<void>;
  unlock(fd: number): void;
  /** Exchanges what stands at two paths, atomically. */
  swap(from: string, to: string): Promise<void>;
}

export const native = createRequire(import.meta.url)('fs-native-extensions') as NativeFileSystem;
