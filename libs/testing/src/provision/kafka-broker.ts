import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts, startLocalKafka } from '@muster/local-kafka';
import { findContainerEngine } from './docker-engine.js';
import { provide, type Provider, type Provision } from './provider.js';

export interface KafkaBroker {
  /** As `KAFKA_BROKERS` takes it. */
  readonly brokers: string;
  end(): Promise<void>;
}

const IMAGE = 'apache/kafka:4.2.0';
const READY_DEADLINE_MS = 90_000;

/**
 * The brokers of `KAFKA_BROKERS`; else one by Testcontainers, where a Docker engine answers; else one that is fetched with
 * Maven. `MUSTER_TEST_KAFKA` (`given`, `testcontainers`, `launcher`) chooses one.
 */
export function kafkaBroker(): Promise<Provision<KafkaBroker>> {
  return provide('Kafka', 'MUSTER_TEST_KAFKA', [given(), container(), launcher()]);
}

function given(): Provider<KafkaBroker> {
  return {
    name: 'given',
    async start() {
      const brokers = process.env['KAFKA_BROKERS'];
      return brokers ? { brokers, end: async () => undefined } : { unavailable: 'KAFKA_BROKERS is not set' };
    },
  };
}

function container(): Provider<KafkaBroker> {
  return {
    name: 'testcontainers',
    async start() {
      const engine = await findContainerEngine();
      if (engine === undefined) return { unavailable: 'no Docker engine answers' };
      // A broker tells its clients where to connect: the published port must be known before it starts.
      const [port = 0] = await freePorts(1);
      const started = await engine.start((Container, Wait) =>
        new Container(IMAGE)
          .withEnvironment(environment(`${engine.host}:${port}`))
          .withExposedPorts({ container: 9092, host: port })
          .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
          .withStartupTimeout(READY_DEADLINE_MS),
      );
      return { brokers: `${engine.host}:${port}`, end: async () => void (await started.stop()) };
    },
  };
}

function launcher(): Provider<KafkaBroker> {
  return {
    name: 'launcher',
    async start() {
      const dataDir = await mkdtemp(path.join(tmpdir(), 'muster-test-kafka-'));
      const remove = (): Promise<void> => rm(dataDir, { recursive: true, force: true });
      try {
        const broker = await startLocalKafka({
          dataDir,
          quickStart: true,
          say: (line) => process.stdout.write(`${line}\n`),
        });
        return {
          brokers: broker.brokers,
          async end() {
            await broker.kill();
            await remove();
          },
        };
      } catch (error) {
        await remove();
        throw error;
      }
    },
  };
}

/** What the broker of the launcher is given, as the image takes it. */
function environment(advertised: string): Record<string, string> {
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${advertised}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '1',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_HEAP_OPTS: '-Xmx512m',
  };
}
