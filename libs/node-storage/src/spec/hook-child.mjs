/** `hook-child.mjs LOCK COMMAND TIMEOUT`: runs the hook while holding the lock, and says how it ended. */
import { createDeployHook, StorageLock } from '../../dist/index.js';

const [file, command, timeout] = process.argv.slice(2);
const lock = new StorageLock(file, { service: 'agent', node: 'node-1' }, 5_000);
const hook = createDeployHook(command, { timeoutMs: Number(timeout), graceMs: 300 });
const context = { action: 'deploy', extension: 'A', version: '1.0', path: '/x', revision: 1, node: 'node-1' };
await lock.withLock('runs a hook', async (held) => {
  console.log('held');
  console.log(JSON.stringify(await hook.run(context, held.fd)));
});
