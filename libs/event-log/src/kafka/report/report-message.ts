import { nodeReportSchema, type NodeReport } from '@muster/contracts';
import { EventLogError } from '../../event-log-error.js';
import type { KafkaRecord } from '../partition-reader.js';

/** The key of the messages by which subscriptions learn the broker's time: no node can bear it. One is kept of all. */
export const CLOCK_KEY = ':clock';
export const CLOCK_MESSAGE = JSON.stringify({ type: 'Clock' });

/** The report in a record; `undefined` for what is none and not meant to be. */
export function readReport({ offset, value }: KafkaRecord): NodeReport | EventLogError | undefined {
  if (value === null) return undefined;
  try {
    const content: unknown = JSON.parse(value.toString('utf8'));
    if (typeof content !== 'object' || content === null || !('type' in content)) throw new Error('it has no type');
    return content.type === 'NodeReport' ? nodeReportSchema.parse(content) : undefined;
  } catch (cause) {
    return new EventLogError('log-report-unreadable', `the report at offset ${offset} cannot be read and was skipped`, {
      remedy: 'a newer version of Muster may have written it: bring this service up to that version',
      cause,
    });
  }
}
