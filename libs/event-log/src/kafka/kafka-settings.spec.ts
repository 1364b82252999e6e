import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventLogConfig } from '../event-log-config.js';
import { groupId } from './group-id.js';
import { kafkaSourceOf } from './kafka-settings.js';

const schema = z.object(eventLogConfig);
const brokers = { KAFKA_BROKERS: 'kafka-1:9092, [::1]:9093' };
const PEM = '-----BEGIN CERTIFICATE-----';

function sourceOf(environment: Record<string, string>) {
  return kafkaSourceOf({ ...schema.parse(environment), MUSTER_CLUSTER: 'local' }, 'muster-agent:a');
}

describe("Kafka's settings", () => {
  it('are absent without brokers', () => expect(sourceOf({})).toBeUndefined());

  it('name the topics after prefix and cluster', () => {
    const source = sourceOf({ ...brokers, KAFKA_TOPIC_PREFIX: 'plant' });
    expect(source?.connection.brokers).toEqual(['kafka-1:9092', '[::1]:9093']);
    expect([source?.events.topic, source?.reports.topic, source?.groupPrefix]).toEqual([
      'plant.local.extension-changed',
      'plant.local.node-report',
      'plant.local',
    ]);
  });

  it.each([
    ['brokers without a port', { KAFKA_BROKERS: 'kafka' }],
    ['a port that is none', { KAFKA_BROKERS: 'kafka:70000' }],
    ['an empty broker', { KAFKA_BROKERS: 'kafka:1,' }],
    ['a certificate that is a path', { ...brokers, KAFKA_SSL_CA: '/etc/ca.pem' }],
    ['an unknown mechanism', { ...brokers, KAFKA_SASL_MECHANISM: 'gssapi' }],
    ['no replicas', { ...brokers, KAFKA_REPLICATION_FACTOR: '0' }],
  ])('refuse %s', (_, environment) => expect(schema.safeParse(environment).success).toBe(false));

  it.each([
    ['TLS without brokers', { KAFKA_SSL: 'yes' }, 'KAFKA_BROKERS'],
    ['a user without brokers', { KAFKA_SASL_USERNAME: 'muster' }, 'KAFKA_BROKERS'],
    ['a certificate authority without TLS', { ...brokers, KAFKA_SSL_CA: PEM }, 'KAFKA_SSL'],
    ['a certificate without its key', { ...brokers, KAFKA_SSL: 'yes', KAFKA_SSL_CERT: PEM }, 'KAFKA_SSL_KEY'],
    ['a user without a password', { ...brokers, KAFKA_SASL_USERNAME: 'a', KAFKA_SASL_MECHANISM: 'plain' }, 'PASSWORD'],
  ])('that contradict each other are refused: %s', (_, environment: Record<string, string>, named) => {
    expect(() => sourceOf(environment)).toThrow(
      expect.objectContaining({ code: 'log-bad-configuration', message: expect.stringContaining(named) as string }),
    );
  });
});

describe('the group of a consumer', () => {
  it('is named after it, safely, and never after another one', () => {
    expect(groupId('muster.local', 'agent:a:b')).toBe('muster.local.agent.a.b');
    const strange = ['ä', 'ö', 'x'.repeat(300), 'x'.repeat(301)].map((name) => groupId('muster.local', name));
    expect(new Set(strange).size).toBe(4);
    for (const name of strange) expect(name).toMatch(/^muster\.local\.[A-Za-z0-9._-]{1,187}$/);
  });
});
