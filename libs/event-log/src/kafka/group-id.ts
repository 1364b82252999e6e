import { createHash } from 'node:crypto';

const MAX_LENGTH = 200;

/**
 * The Kafka group under which the place of a consumer is kept. What Kafka's tools might stumble over is replaced, and then
 * a digest keeps names apart that would fall together.
 */
export function groupId(prefix: string, consumer: string): string {
  const wanted = `${prefix}.${consumer.replaceAll(':', '.')}`;
  const safe = wanted.replaceAll(/[^A-Za-z0-9._-]/g, '_');
  if (safe === wanted && safe.length <= MAX_LENGTH) return safe;
  const digest = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  return `${safe.slice(0, MAX_LENGTH - 17)}-${digest}`;
}
