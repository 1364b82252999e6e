import { randomBytes } from 'node:crypto';
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
  if ('brokers' in outcome) return outcome;
  const reason = `no Kafka for tests: ${outcome.unavailable}`;
  if (process.env['REQUIRE_KAFKA'] === '1') throw new Error(`REQUIRE_KAFKA=1, and ${reason}`);
  return { skipped: reason };
}

/** For `KAFKA_TOPIC_PREFIX`: nobody else's. */
export function kafkaTopicPrefix(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

/** `describe` for what needs the broker: without one its tests are reported as skipped, with the reason in their name. */
export async function describeOnKafka(
  name: string,
  kafka: KafkaForTests,
  body: (brokers: string) => void,
): Promise<void> {
  const { describe } = await import('vitest');
  if ('brokers' in kafka) describe(name, () => body(kafka.brokers));
  else describe.skip(`${name} (${kafka.skipped})`, () => body(''));
}
