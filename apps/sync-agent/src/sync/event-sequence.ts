import type { ExtensionChanged } from '@muster/contracts';

/**
 * What an event means beside those seen before. Only a `repeat` is dropped; all others end in a look at the catalog, so a
 * wrong guess costs one look and never a wrong state.
 */
export type EventMeaning = 'next' | 'gap' | 'reset' | 'repeat' | 'replay';

/** Chains that are remembered: older revisions count as unknown, and unknown means to look. */
const REMEMBERED = 1_000;

/** Which revisions this node has heard of, by number and chain. */
export class EventSequence {
  private catalogId: string | undefined;
  private head = 0;
  private readonly chains = new Map<number, string>();

  /** The catalog itself was read at this revision. */
  looked(catalogId: string, revision: number, chain: string): void {
    if (catalogId !== this.catalogId) this.restart(catalogId);
    this.remember(revision, chain);
  }

  take(event: ExtensionChanged): EventMeaning {
    if (event.replayId !== undefined) return 'replay';
    if (event.catalogId !== this.catalogId) {
      const known = this.catalogId !== undefined;
      this.restart(event.catalogId);
      this.remember(event.revision, event.chain);
      return known ? 'reset' : 'gap';
    }
    if (this.chains.get(event.revision) === event.chain) return 'repeat';
    const meaning = event.revision === this.head + 1 ? 'next' : event.revision > this.head ? 'gap' : 'reset';
    this.remember(event.revision, event.chain);
    return meaning;
  }

  private restart(catalogId: string): void {
    this.catalogId = catalogId;
    this.head = 0;
    this.chains.clear();
  }

  private remember(revision: number, chain: string): void {
    // A number seen with another chain begins another history: what lay above it was never ours.
    if (this.chains.has(revision) && this.chains.get(revision) !== chain) {
      this.chains.clear();
      this.head = revision;
    }
    this.chains.set(revision, chain);
    this.head = Math.max(this.head, revision);
    for (const oldest of this.chains.keys()) {
      if (this.chains.size <= REMEMBERED) break;
      this.chains.delete(oldest);
    }
  }
}
