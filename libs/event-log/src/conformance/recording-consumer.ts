import type { ExtensionChanged } from '@muster/contracts';
import { expect, vi } from 'vitest';
import type { EventLog, LogRecord, SubscribeOptions, Subscription } from '../port.js';

export const DEADLINE_MS = 20_000;

/** A consumer that keeps what it is given, and can be held up in its handler. */
export class RecordingConsumer {
  readonly batches: (readonly LogRecord[])[] = [];
  readonly failures: { readonly error: Error; readonly fatal: boolean }[] = [];
  reconnects = 0;
  subscription: Subscription | undefined;
  private gate: Promise<void> | undefined;
  private openGate: (() => void) | undefined;
  private handling = 0;

  async subscribe(log: EventLog, consumer: string, from: SubscribeOptions['from'] = 'beginning'): Promise<this> {
    this.subscription = await log.subscribe({
      consumer,
      from,
      onRecords: (records) => this.take(records),
      onReconnect: () => (this.reconnects += 1),
      onError: (error, fatal) => this.failures.push({ error, fatal }),
    });
    return this;
  }

  get events(): ExtensionChanged[] {
    return this.batches.flatMap((batch) =>
      batch.flatMap(({ event }) => (event.type === 'ExtensionChanged' ? [event] : [])),
    );
  }

  get fatal(): Error[] {
    return this.failures.filter(({ fatal }) => fatal).map(({ error }) => error);
  }

  /** The handler does not return until `letGo`. */
  holdUp(): void {
    this.gate = new Promise((resolve) => (this.openGate = resolve));
  }

  letGo(): void {
    this.openGate?.();
    this.gate = undefined;
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    await vi.waitFor(() => expect(condition(), `waiting for ${what}; got ${this.events.length} events`).toBe(true), {
      timeout: DEADLINE_MS,
      interval: 10,
    });
  }

  async untilCount(count: number): Promise<void> {
    await this.until(`${count} events`, () => this.events.length >= count);
  }

  /** Whether the handler is under way now. */
  get busy(): boolean {
    return this.handling > 0;
  }

  private async take(records: readonly LogRecord[]): Promise<void> {
    expect(this.handling, 'one batch at a time').toBe(0);
    this.handling += 1;
    this.batches.push(records);
    await this.gate;
    this.handling -= 1;
  }
}
