import { existsSync, watch } from 'node:fs';
import path from 'node:path';

/**
 * When a name comes into each of these directories, by the clock of `performance.now()`: it comes by one rename, so whole.
 * Rejects when the signal is aborted before the last.
 */
export function appearances(directories: readonly string[], name: string, signal: AbortSignal): Promise<number[]> {
  const watchers = new Set<ReturnType<typeof watch>>();
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      for (const watcher of watchers) watcher.close();
      reject(new Error(`${name} did not come into each of ${directories.length} directories in time`));
    });
  });
  const moments = directories.map(
    (directory) =>
      new Promise<number>((resolve) => {
        const watcher = watch(directory, (_, changed) => {
          const now = performance.now();
          if (changed !== name || !existsSync(path.join(directory, name))) return;
          watcher.close();
          resolve(now);
        });
        watchers.add(watcher);
      }),
  );
  return Promise.race([Promise.all(moments), late]);
}
