import type { ChangeAction, ExtensionChanged } from '@muster/contracts';

/** An event as this node heard of it first. */
export interface HeardEvent {
  readonly revision: number;
  readonly action: ChangeAction;
  /** W3C trace context of the import. */
  readonly traceparent?: string;
  /** On the monotonic clock. */
  readonly atMs: number;
}

const REMEMBERED = 5_000;

/** The latest event of each extension: when this node heard of what it does, and on whose behalf it is done. */
export class HeardEvents {
  private readonly latest = new Map<string, HeardEvent>();
  private catalogId: string | undefined;

  hear(event: ExtensionChanged, atMs = performance.now()): void {
    const { catalogId, extension, revision, action, traceparent } = event;
    // Another catalog's numbers say nothing about this one's.
    if (catalogId !== this.catalogId) this.latest.clear();
    this.catalogId = catalogId;
    if ((this.latest.get(extension)?.revision ?? 0) >= revision) return;
    this.latest.delete(extension);
    this.latest.set(extension, { revision, action, atMs, ...(traceparent !== undefined && { traceparent }) });
    for (const oldest of this.latest.keys()) {
      if (this.latest.size <= REMEMBERED) break;
      this.latest.delete(oldest);
    }
  }

  /** Of this very revision. */
  find(extension: string, revision: number): HeardEvent | undefined {
    const heard = this.latest.get(extension);
    return heard?.revision === revision ? heard : undefined;
  }

  /** Of the removal of it, up to this revision, where nothing later was heard. */
  removal(extension: string, head: number): HeardEvent | undefined {
    const heard = this.latest.get(extension);
    return heard?.action === 'remove' && heard.revision <= head ? heard : undefined;
  }

  /** Names whose removal was heard of, after the one revision and up to the other. */
  removedBetween(after: number, head: number): string[] {
    return [...this.latest].flatMap(([extension, { action, revision }]) =>
      action === 'remove' && revision > after && revision <= head ? [extension] : [],
    );
  }
}
