import { spawn } from 'node:child_process';
import { StorageError } from '../storage-error.js';

/** Makes everything written to the path's file system durable, by one `sync -f`; no call of Node's does it. */
export async function syncFileSystem(path: string, timeoutMs: number): Promise<void> {
  const parameters = process.platform === 'linux' ? ['-f', path] : [];
  const child = spawn('sync', parameters, {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2048)));
  await new Promise<void>((resolve, reject) => {
    const fail = (detail: string, cause?: unknown): void =>
      reject(new StorageError('sync-failed', `sync -f ${path} ${detail}`, { limit: `${timeoutMs}ms`, cause }));
    child.once('error', (error) => fail(`could not be started: ${error.message}`, error));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else
        fail(signal === null ? `exited ${code}: ${complaint.trim()}` : `was ended by ${signal} after ${timeoutMs} ms`);
    });
  });
}
