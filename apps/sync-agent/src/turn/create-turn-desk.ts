import { LeasedTurns, type Catalog } from '@muster/catalog';
import { hookDeadlineMs, type NodeStorage } from '@muster/node-storage';
import type { ServiceKit } from '@muster/service-kit';
import type { AgentConfig } from '../agent-config.js';
import type { AgentState } from '../state/agent-state.js';
import type { LookRequests } from '../sync/look-requests.js';
import { TurnDesk } from './turn-desk.js';

interface Parts {
  readonly storage: Pick<NodeStorage, 'node' | 'instance'>;
  readonly catalog: Catalog;
  readonly state: AgentState;
  readonly requests: LookRequests;
}

/** Undefined where there is no hook: such a node waits for nobody, and nobody for it. */
export function createTurnDesk(
  { MUSTER_DEPLOY_HOOK: hook, MUSTER_HOOK_TIMEOUT: timeoutMs }: AgentConfig,
  { logger, name: service }: ServiceKit,
  { storage, catalog, state, requests }: Parts,
): TurnDesk | undefined {
  if (hook === undefined || hook.trim() === '') return undefined;
  const { node, instance } = storage;
  const turns = new LeasedTurns({
    node,
    instance,
    service,
    store: catalog.turns,
    hookMs: hookDeadlineMs(timeoutMs),
    onTrouble: (error) =>
      logger.warn({ err: error }, 'a turn could not be renewed, told of or given back; it ends by itself'),
  });
  const wakes = catalog.turnWakes();
  return new TurnDesk({ node, turns, store: catalog.turns, wakes, state, requests, logger });
}
