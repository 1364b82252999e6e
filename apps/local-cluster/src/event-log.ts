import { startLocalKafka } from '@muster/local-kafka';
import path from 'node:path';
import type { LogKind } from './options.js';
import { SupervisedServer } from './process/supervised-server.js';

/** What carries the events between the services of the cluster. */
export interface EventLogServer {
  readonly kind: LogKind;
  /** As `KAFKA_BROKERS` has it; absent where the log lies in PostgreSQL. */
  readonly brokers?: string;
  /** In words, for the screen; absent where there is no server of its own. */
  readonly description?: string;
  stop(): Promise<void>;
}

export interface EventLogServerOptions {
  readonly kind: LogKind;
  readonly dataDir: string;
  /** `KAFKA_BROKERS`, where people bring their own. */
  readonly givenBrokers?: string;
  readonly say: (line: string) => void;
}

const HEAP_MEGABYTES = 256;
const nothing = (): Promise<void> => Promise.resolve();

/** @throws MusterError in one line where a broker is wanted and cannot be had */
export async function openEventLogServer(options: EventLogServerOptions): Promise<EventLogServer> {
  const { kind, dataDir, givenBrokers, say } = options;
  if (kind === 'postgres') return { kind, stop: nothing };
  if (givenBrokers !== undefined)
    return { kind, brokers: givenBrokers, description: `Kafka at ${givenBrokers}`, stop: nothing };
  const start = (port?: number) =>
    startLocalKafka({
      dataDir: path.join(dataDir, 'kafka'),
      heapMegabytes: HEAP_MEGABYTES,
      quickStart: true,
      say,
      ...(port === undefined ? {} : { port }),
    });
  const supervised = new SupervisedServer('Kafka', start, say);
  const { brokers } = await supervised.start();
  return { kind, brokers, description: `Kafka on ${brokers}`, stop: () => supervised.stop() };
}
