import { MusterError } from '@muster/contracts';
import { NodeStorage } from '@muster/node-storage';
import type { Logger } from 'pino';
import type { AgentConfig } from './agent-config.js';

/**
 * Opens the node's storage for the life of this agent. Throws `storage-in-use`, which names the agent that has it, and
 * `storage-foreign-node` where the storage belongs to another node.
 */
export async function openStorage(config: AgentConfig, logger: Logger): Promise<NodeStorage> {
  const storage = await NodeStorage.open({
    storage: config.MUSTER_STORAGE,
    node: config.MUSTER_NODE,
    service: 'sync-agent',
    lockTimeoutMs: config.MUSTER_LOCK_TIMEOUT,
    packageCacheBytes: config.MUSTER_PACKAGE_CACHE_BYTES,
  });
  try {
    await storage.acquireAgentLock();
    const { path, node, takenOverFrom } = storage;
    if (takenOverFrom !== undefined)
      logger.warn(
        { takenOverFrom },
        `took over the unused storage ${path} from node ${takenOverFrom} for node ${node}`,
      );
    return storage;
  } catch (error) {
    await storage.close();
    if (!(error instanceof MusterError) || error.code !== 'agent-running') throw error;
    throw new MusterError('storage-in-use', `the storage ${config.MUSTER_STORAGE} is in use: ${error.message}`, {
      ...(error.limit !== undefined && { limit: error.limit }),
      ...(error.actual !== undefined && { actual: error.actual }),
      remedy: error.remedy ?? 'stop that agent first, or give this one a storage of its own',
      cause: error,
    });
  }
}
