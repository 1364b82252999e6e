import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The part that is used here; the package comes without types. */
const native = createRequire(import.meta.url)('fs-native-extensions') as { tryLock(descriptor: number): boolean };

export interface DirectoryLock {
  readonly descriptor: number;
  /** Gives this process's share of it back; a broker that inherited it still has it. */
  release(): void;
}

/**
 * The kernel's lock on a data directory; undefined where another broker, or another start, has it. Kafka's own lock comes
 * too late: a second broker reads and writes the metadata of the first before it takes it.
 */
export function lockDirectory(directory: string): DirectoryLock | undefined {
  const descriptor = openSync(path.join(directory, 'lock'), 'a', 0o600);
  const release = (): void => closeSync(descriptor);
  if (native.tryLock(descriptor)) return { descriptor, release };
  release();
  return undefined;
}
