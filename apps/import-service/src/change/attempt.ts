import type { PackageReport } from '@muster/contracts';
import { StepClock } from './step-clock.js';

/** Who asks for a change, and what the answer needs to know of the request. */
export interface Asker {
  readonly actor: string;
  /** Where the request came from. */
  readonly source: string;
  readonly requestId: string;
  readonly traceparent?: string;
  /** Aborted when the client is gone: what is not committed by then is backed out. */
  readonly signal: AbortSignal;
}

/** One attempt at a change, as it goes on: what the audit and the metrics will tell of it. */
export class Attempt {
  readonly clock = new StepClock();
  /** What was undone after a failure, besides what the storage tells itself. */
  readonly undone: string[] = [];
  /** Of whatever comes of it: the span of this attempt, once there is one. */
  traceparent?: string;
  subject?: string;
  sha256?: string;
  revision?: number;
  /** Of an import: what becomes of each package as far as is known by now. */
  packages?: readonly PackageReport[];
  /** Whose fault a failure is, where it is that of one package. */
  fault?: { readonly sha256: string };

  constructor(
    readonly action: 'import' | 'remove' | 'rollback',
    readonly asker: Asker,
  ) {
    if (asker.traceparent !== undefined) this.traceparent = asker.traceparent;
  }
}
