import type { LocalState, NodeStorage } from '@muster/node-storage';
import type { AgentMetrics } from '../agent-metrics.js';
import type { Names } from './look-requests.js';
import { mergeLocal } from './merge-local.js';

const FULL_EVERY_MS = 24 * 60 * 60 * 1000;

export interface Inspection {
  /** These are hashed whole, whatever the stat-cache says. */
  readonly verify: Names;
  /** A look that nobody waits for: the daily hashing of everything is done in one of these. */
  readonly onTimer: boolean;
  /** What the catalog wants: nobody needs to read a stranger's directory of another name. */
  readonly wantedNames: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** Looks at the disk; the stat-cache vouches for what it can, but at least once a day everything is hashed. */
export class DiskInspection {
  private fullAt: number | undefined;

  constructor(
    private readonly storage: Pick<NodeStorage, 'inspect'>,
    private readonly metrics: AgentMetrics,
  ) {}

  async look({ verify, onTimer, wantedNames, signal }: Inspection): Promise<LocalState> {
    const isDue = this.fullAt === undefined || performance.now() - this.fullAt > FULL_EVERY_MS;
    const full = verify === 'all' || (isDue && onTimer);
    return this.metrics.time('inspect', async () => {
      const local = await this.storage.inspect({ full, wantedNames, signal });
      if (full) this.fullAt = performance.now();
      if (full || verify.size === 0) return local;
      return mergeLocal(local, await this.storage.inspect({ full: true, only: verify, wantedNames, signal }), verify);
    });
  }

  /** After a change: only what it touched. */
  lookAgain(only: ReadonlySet<string>): Promise<LocalState> {
    return this.metrics.time('proof', () => this.storage.inspect({ only, wantedNames: only }));
  }
}
