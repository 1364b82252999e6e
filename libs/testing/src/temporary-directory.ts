import { mkdtemp, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import './provided-context.js';

/** A directory that is removed after the test; made outside a test (in a hook), it is removed at the end of the run. */
export async function temporaryDirectory(name = 'directory'): Promise<string> {
  const { inject, onTestFinished } = await import('vitest');
  const directory = await realpath(await mkdtemp(path.join(inject('temporaryRoot'), `${name}-`)));
  try {
    // A process that has just ended may leave a child that still writes there for a moment.
    onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 }));
  } catch {
    // There is no test under way: the run's end removes it.
  }
  return directory;
}
