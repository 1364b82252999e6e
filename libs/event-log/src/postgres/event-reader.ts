import { logMessageSchema } from '@muster/contracts';
import { EventLogError } from '../event-log-error.js';
import type { LogRecord } from '../port.js';
import type { StatementRunner } from './statement-runner.js';

interface EventRow {
  readonly position: string;
  readonly payload: unknown;
}

const KNOWN = new Set<unknown>(['ExtensionChanged', 'OrdersGiven']);

/** What was read after a place: `last` is how far it reaches, unreadable and unknown messages included. */
export interface EventBatch {
  readonly records: readonly LogRecord[];
  readonly last: bigint | undefined;
  readonly unreadable: readonly EventLogError[];
}

/** Reads the table `event`. Positions are compared as bigint: as numbers they would round beyond 2^53. */
export class EventReader {
  constructor(
    private readonly statements: StatementRunner,
    private readonly limits: { readonly rows: number; readonly bytes: number },
  ) {}

  /** At most the limits, but at least one record if there is one. Gaps mean nothing: positions are in commit order. */
  async after(place: bigint): Promise<EventBatch> {
    const rows = await this.statements.run<EventRow>(
      `select position::text, payload
         from (select position, payload, sum(octet_length(payload::text)) over (order by position) - octet_length(payload::text) as bytes_before
                 from (select position, payload from event where position > $1 order by position limit $2) as next) as batch
        where bytes_before < $3
        order by batch.position`,
      [place.toString(), this.limits.rows, this.limits.bytes],
    );
    return toBatch(rows);
  }

  /** The last position, 0 for an empty log. */
  async end(): Promise<bigint> {
    const [row] = await this.statements.run<{ last: string }>(
      'select coalesce(max(position), 0)::text as last from event',
    );
    return BigInt(row?.last ?? 0);
  }
}

function toBatch(rows: readonly EventRow[]): EventBatch {
  const records: LogRecord[] = [];
  const unreadable: EventLogError[] = [];
  for (const { position, payload } of rows) {
    if (!isKnown(payload)) continue;
    const parsed = logMessageSchema.safeParse(payload);
    if (parsed.success) records.push({ position, event: parsed.data });
    else unreadable.push(unreadableEvent(position, parsed.error));
  }
  const last = rows.at(-1);
  return { records, last: last ? BigInt(last.position) : undefined, unreadable };
}

/** Messages of other types are for others. */
function isKnown(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && 'type' in payload && KNOWN.has(payload.type);
}

function unreadableEvent(position: string, cause: Error): EventLogError {
  return new EventLogError('log-event-unreadable', `the event at position ${position} cannot be read and was skipped`, {
    remedy: 'a newer version of Muster may have written it: bring this service up to that version',
    cause,
  });
}
