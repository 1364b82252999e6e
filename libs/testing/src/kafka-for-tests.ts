import { randomBytes } from 'node:crypto';
import { kafkaCommand, LocalKafkaError } from '@muster/local-kafka';
import './provided-context.js';

export type KafkaForTests = { readonly brokers: string } | { readonly skipped: string };

/**
 * The run's Kafka broker, started when it is asked for first, or why there is none. Topics are the caller's: take names of
 * your own (`kafkaTopicPrefix`), for every spec of the run meets the same broker.
 *
 * @throws where there is none and `REQUIRE_KAFKA=1` says that there must be one
 */
export async function kafkaForTests(): Promise<KafkaForTests> {
  const { inject } = await import('vitest');
  const answer = await fetch(inject('kafkaDoor'), { headers: { connection: 'close' } });
  if (!answer.ok) throw new Error(await answer.text());
  const outcome = (await answer.json()) as { brokers: string } | { unavailable: string };
  return 'brokers' in outcome ? outcome : skipped(outcome.unavailable);
}

/**
 * Whether a spec can start brokers of its own with `startLocalKafka`, for what it must not do to the run's: kill it, or
 * give it TLS.
 *
 * @throws as `kafkaForTests`
 */
export async function localKafkaForTests(): Promise<{ readonly available: true } | { readonly skipped: string }> {
  try {
    await kafkaCommand('kafka.Kafka', []);
    return { available: true };
  } catch (error) {
    if (!(error instanceof LocalKafkaError)) throw error;
    return skipped(error.message);
  }
}

function skipped(reason: string): { readonly skipped: string } {
  const words = `no Kafka for tests: ${reason}`;
  if (process.env['REQUIRE_KAFKA'] === '1') throw new Error(`REQUIRE_KAFKA=1, and ${words}`);
  return { skipped: words };
}

/** For `KAFKA_TOPIC_PREFIX`: nobody else's. */
export function kafkaTopicPrefix(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

/** `describe` for what needs Kafka: without it the tests are reported as skipped, with the reason in their name. */
export async function describeOnKafka<Kafka extends object>(
  name: string,
  kafka: Kafka | { readonly skipped: string },
  body: (kafka: Kafka) => void,
): Promise<void> {
  const { describe } = await import('vitest');
  if ('skipped' in kafka) describe.skip(`${name} (${kafka.skipped})`, () => body({ brokers: '' } as never));
  else describe(name, () => body(kafka));
}
