import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { StorageError } from '../storage-error.js';
import { native } from '../disk/native.js';
import { describeHolder, readHolder, writeHolder } from './holder.js';
import type { LockIdentity } from './storage-lock.js';

const TRIES = 10;

/** `.muster/agent.lock`: held for the agent's life. */
export class AgentLock {
  private constructor(private readonly fd: number) {}

  /** Throws `agent-running`, which names the holder. Tries for a moment: somebody may only be looking. */
  static async acquire(file: string, identity: LockIdentity): Promise<AgentLock> {
    const fd = openSync(file, 'a+');
    try {
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        if (native.tryLock(fd)) {
          const since = new Date().toISOString();
          writeHolder(fd, { ...identity, pid: process.pid, purpose: 'keeps this storage in sync', since });
          return new AgentLock(fd);
        }
        await pause(20);
      }
      const holder = readHolder(fd);
      throw new StorageError('agent-running', `another agent keeps this storage: ${describeHolder(holder)}`, {
        ...(holder !== undefined && { limit: holder.node, actual: identity.node }),
        remedy: 'stop that agent first, or give this one a storage of its own',
      });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  release(): void {
    writeHolder(this.fd, undefined);
    closeSync(this.fd);
  }
}
