import type { Rejoin } from '@muster/contracts';
import type { Catalog } from '@muster/catalog';
import type { NodeStorage, WantedState } from '@muster/node-storage';
import type { Logger } from 'pino';
import { chooseRejoin } from './choose-rejoin.js';
import type { LogPlace } from './choose-rejoin.js';
import type { EventFollower } from './event-follower.js';
import type { Names } from './look-requests.js';

export interface RejoiningDependencies {
  readonly storage: Pick<NodeStorage, 'cluster' | 'vouches'>;
  readonly catalog: Pick<Catalog, 'revisions'>;
  readonly follower: Pick<EventFollower, 'began' | 'caughtUp'>;
  /** More changes than this are not followed one by one; absent: 1,000, or as many as there are extensions. */
  readonly maxChanges: number | undefined;
  readonly logger: Logger;
}

const MAX_CHANGES = 1_000;

/** Chooses how this node comes back, and remembers which way it went. A wrong choice costs time: the timer heals it. */
export class Rejoining {
  private under: { readonly rejoin: Rejoin; readonly began: LogPlace | undefined } | undefined;

  constructor(private readonly dependencies: RejoiningDependencies) {}

  /** What is hashed whole. It is to be called before the disk is looked at. */
  async choose(wanted: WantedState, accepted: boolean): Promise<Names> {
    const { storage, follower, logger } = this.dependencies;
    const { began } = follower;
    const { applied } = await storage.cluster();
    const maxChanges = this.dependencies.maxChanges ?? Math.max(MAX_CHANGES, wanted.extensions.length);
    const from = applied?.revision ?? 0;
    const changed = await this.changedSince(from, wanted.revision, maxChanges);
    const vouched = wanted.extensions.length === 0 || (await storage.vouches());
    const changes = changed?.length;
    const choice = chooseRejoin({ applied, head: wanted, began, changes, maxChanges, accepted, vouched });
    const rejoin = { ...choice, fromRevision: from, toRevision: wanted.revision, at: new Date().toISOString() };
    this.under = { rejoin, began };
    logger.info({ rejoin }, `rejoining by ${choice.way}: ${choice.reason}`);
    return choice.way === 'snapshot' ? 'all' : new Set(changed);
  }

  /** The look that was begun with the choice has ended well. */
  ended(): Rejoin | undefined {
    const { under } = this;
    if (under === undefined) return undefined;
    this.under = undefined;
    if (under.began !== undefined) this.dependencies.follower.caughtUp(under.began);
    return under.rejoin;
  }

  /** Names, one for each change; undefined where there are more than `max`. */
  private async changedSince(from: number, head: number, max: number): Promise<string[] | undefined> {
    if (head - from > max) return undefined;
    const revisions = head > from ? await this.dependencies.catalog.revisions.after(from, max + 1) : [];
    const names = revisions.flatMap(({ changes }) => changes.map(({ extension }) => extension));
    return names.length > max ? undefined : names;
  }
}
