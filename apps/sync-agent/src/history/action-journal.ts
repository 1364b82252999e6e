import { MusterError } from '@muster/contracts';
import type { Catalog, NewNodeAction } from '@muster/catalog';
import type { Logger } from 'pino';
import type { Moments } from './stage-watch.js';

/** Something that was done, with its moments on the monotonic clock. */
export type DoneAction = Omit<NewNodeAction, 'seq' | 'agesMs'> & { readonly moments: Moments };

export interface ActionJournalOptions {
  readonly node: string;
  readonly instance: string;
  readonly catalog: Pick<Catalog, 'nodeActions'>;
  /** False while this node may not speak: before it has enrolled. */
  readonly maySend: () => boolean;
  readonly logger: Logger;
}

interface Entry {
  readonly seq: number;
  readonly action: DoneAction;
}

const KEPT = 1_000;
const BATCH = 200;
/** What is kept in the database is bounded too: it is thinned out once in so many. */
const THIN_EVERY = 500;
/** Worth another attempt, however long it takes. */
const OUTAGES = new Set(['database-away', 'outcome-unknown', 'lock-timeout']);

/**
 * What this node did, on its way into the catalog. It waits in memory while the database is away, the latest thousand; nobody
 * ever waits for it. An entry that may have been written is written again: the catalog takes each once.
 */
export class ActionJournal {
  private readonly waiting: Entry[] = [];
  private seq = 0;
  private lost = 0;
  private sinceThinned = 0;
  private writing: Promise<void> | undefined;

  constructor(private readonly options: ActionJournalOptions) {}

  get size(): number {
    return this.waiting.length;
  }

  record(actions: readonly DoneAction[]): void {
    for (const action of actions) this.waiting.push({ seq: ++this.seq, action });
    const tooMany = this.waiting.splice(0, Math.max(0, this.waiting.length - KEPT)).length;
    if (tooMany > 0 && this.lost === 0)
      this.options.logger.warn(`history is not taken: more than ${KEPT} entries wait, the oldest are given up`);
    this.lost += tooMany;
  }

  /** Resolves when all was written, or could not be. Never throws. */
  flush(): Promise<void> {
    this.writing ??= this.write().finally(() => (this.writing = undefined));
    return this.writing;
  }

  private async write(): Promise<void> {
    while (this.waiting.length > 0 && this.options.maySend()) {
      const batch = this.waiting.slice(0, BATCH);
      if (!(await this.writeBatch(batch))) return;
      const last = batch.at(-1)?.seq ?? 0;
      // Meanwhile the oldest may have been given up, and new ones have come.
      this.waiting.splice(0, this.waiting.findLastIndex(({ seq }) => seq <= last) + 1);
      this.lost = 0;
    }
  }

  /** False where it is to be written again. */
  private async writeBatch(batch: readonly Entry[]): Promise<boolean> {
    const { node, instance, catalog, logger } = this.options;
    try {
      const now = performance.now();
      await catalog.nodeActions.insert(
        node,
        instance,
        batch.map((entry) => asNewAction(entry, now)),
      );
      this.sinceThinned += batch.length;
      if (this.sinceThinned >= THIN_EVERY) await catalog.nodeActions.thin(node);
      this.sinceThinned %= THIN_EVERY;
      return true;
    } catch (error) {
      if (error instanceof MusterError && OUTAGES.has(error.code)) {
        logger.debug({ err: error }, `history is not taken: ${batch.length} entries wait`);
        return false;
      }
      logger.error({ err: error }, `${batch.length} entries of history were refused, and are given up`);
      return true;
    }
  }
}

function asNewAction({ seq, action: { moments, ...action } }: Entry, now: number): NewNodeAction {
  const { started, ended, ...rest } = moments;
  const ages = Object.fromEntries(Object.entries(rest).map(([moment, at]) => [moment, ageMs(at, now)]));
  return { ...action, seq, agesMs: { ...ages, started: ageMs(started, now), ended: ageMs(ended, now) } };
}

function ageMs(at: number, now: number): number {
  return Math.max(0, now - at);
}
