import type { Fork } from '@muster/node-storage';

/** Why a node is forked, with both histories and the way out. */
export function forkReason({ detail }: Fork): string {
  return `${detail}: give this agent the DATABASE_URL of its own catalog, or order accept-catalog if this one is to be followed`;
}
