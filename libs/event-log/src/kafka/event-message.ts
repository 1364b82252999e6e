import { logMessageSchema } from '@muster/contracts';
import { EventLogError } from '../event-log-error.js';
import type { LogRecord } from '../port.js';
import type { KafkaRecord } from './partition-reader.js';

const KNOWN = new Set<unknown>(['ExtensionChanged', 'OrdersGiven']);

/** The event of a record; undefined for a message of another type, which is for others; an error for what cannot be read. */
export function readEvent({ offset, value }: KafkaRecord): LogRecord | EventLogError | undefined {
  let message: unknown;
  try {
    message = JSON.parse(value?.toString('utf8') ?? '');
  } catch (error) {
    return unreadable(offset, error);
  }
  if (typeof message !== 'object' || message === null || !('type' in message)) return unreadable(offset, undefined);
  if (!KNOWN.has(message.type)) return undefined;
  const parsed = logMessageSchema.safeParse(message);
  return parsed.success ? { position: offset.toString(), event: parsed.data } : unreadable(offset, parsed.error);
}

function unreadable(offset: bigint, cause: unknown): EventLogError {
  return new EventLogError('log-event-unreadable', `the event at offset ${offset} cannot be read and was skipped`, {
    remedy: 'a newer version of Muster may have written it: bring this service up to that version',
    ...(cause !== undefined && { cause }),
  });
}
