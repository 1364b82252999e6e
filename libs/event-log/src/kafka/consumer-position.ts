import type { SubscriptionStart } from '../port.js';
import type { KeptPlace, PartitionReader } from './partition-reader.js';

/** Where to go on after connecting, and what became of the place that was had or kept. */
export interface FoundPosition {
  readonly kind: SubscriptionStart['kind'] | 'moved';
  readonly detail: string;
  readonly place: KeptPlace;
}

interface Bounds {
  readonly low: bigint;
  readonly high: bigint;
}

/**
 * Where a reader goes on, for the topic may have been cut, deleted, made anew or restored since, and the group's offset may
 * have been reset or lost. `reached` is how far the handler has returned in this life, `stored` what the group was last
 * known to hold.
 *
 * - A group that holds neither was reset by somebody: its word counts (`moved`).
 * - A group that holds nothing any more, as after the deletion of its topic, is given its place again if that still holds.
 * - A place that the topic does not hold, or before which another record stands than before, is `lost`: all that there is
 *   comes again, from its beginning.
 */
export class ConsumerPosition {
  reached: KeptPlace | undefined;
  stored: bigint | undefined;

  constructor(private readonly from: 'beginning' | 'end') {}

  /** Settles `reached`, and keeps it in the group. */
  async find(reader: PartitionReader): Promise<FoundPosition> {
    const [bounds, kept] = [await reader.bounds(), await reader.kept()];
    const found = await this.judge(reader, bounds, kept);
    this.reached = found.place;
    // Kept at once: a consumer that begins at the end and dies before its first event must not begin at a later end. Kept
    // even if it is there: the broker drops the offsets of a group that keeps nothing for a week.
    await this.keep(reader);
    return found;
  }

  /** Over what nobody is given, such as the ends of transactions. */
  pass(offset: bigint): void {
    if (this.reached !== undefined) this.reached = { ...this.reached, offset };
  }

  async keep(reader: PartitionReader): Promise<void> {
    if (this.reached === undefined) return;
    await reader.keep(this.reached);
    this.stored = this.reached.offset;
  }

  private async judge(reader: PartitionReader, bounds: Bounds, kept: KeptPlace | undefined): Promise<FoundPosition> {
    const { low, high } = bounds;
    const holds = `the topic holds ${low} to ${high}`;
    const moved = this.reached !== undefined && this.wasMoved(kept);
    const place = moved ? kept : (this.reached ?? kept);
    if (place === undefined) {
      const offset = this.from === 'end' ? high : low;
      const mark = await reader.markBefore(offset, bounds);
      return { kind: 'fresh', detail: `no place was kept; ${holds}`, place: { offset, mark } };
    }
    const { offset } = place;
    if (offset < low || offset > high)
      return { kind: 'lost', detail: `the place ${offset} is not there: ${holds}`, place: { offset: low, mark: '' } };
    const isForgotten = kept === undefined && this.stored !== undefined;
    if (isForgotten && place.mark === '' && offset > low)
      return {
        kind: 'lost',
        detail: `the group's place ${offset} was deleted; ${holds}`,
        place: { offset: low, mark: '' },
      };
    const mark = await reader.markBefore(offset, bounds);
    if (place.mark !== '' && mark !== '' && place.mark !== mark) {
      const detail = `another record stands before the place ${offset} than was there: the topic was made anew; ${holds}`;
      return { kind: 'lost', detail, place: { offset: low, mark: '' } };
    }
    const detail = moved ? `the group was reset to ${offset}; ${holds}` : `at offset ${offset}; ${holds}`;
    return { kind: moved ? 'moved' : 'resumed', detail, place: { offset, mark: mark || place.mark } };
  }

  private wasMoved(kept: KeptPlace | undefined): kept is KeptPlace {
    return kept !== undefined && kept.offset !== this.stored && kept.offset !== this.reached?.offset;
  }
}
