import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type LocalKafka, startLocalKafka } from '@muster/local-kafka';
import { describeOnKafka, localKafkaForTests, temporaryDirectory, waitFor } from '@muster/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EventLogConfig } from '../event-log-config.js';
import { openLogs } from '../open-logs.js';
import type { EventLog } from '../port.js';

const PASSWORD = 'right';
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** One broker that speaks nothing but TLS with SASL, and knows a user who may do all and one who may do nothing. */
await describeOnKafka('a broker with TLS, SASL and ACLs', await localKafkaForTests(), () => {
  let broker: LocalKafka;
  let ca: string;

  beforeAll(async () => {
    const directory = await temporaryDirectory('kafka-security');
    ca = await selfSigned(directory);
    broker = await startLocalKafka({
      dataDir: path.join(directory, 'broker'),
      clientProtocol: 'SASL_SSL',
      heapMegabytes: 256,
      quickStart: true,
      extraProperties: properties(directory),
      scramUsers: [
        { mechanism: 'SCRAM-SHA-256', name: 'muster', password: PASSWORD },
        { mechanism: 'SCRAM-SHA-512', name: 'muster', password: PASSWORD },
      ],
    });
  });
  afterAll(() => broker.kill());

  it.each(MECHANISMS)('lets in who has the right password by %s', async (KAFKA_SASL_MECHANISM) => {
    await using(config({ KAFKA_SASL_MECHANISM }), async (log) => {
      const begins = async (): Promise<boolean> => {
        const options = { consumer: 'agent', from: 'end', onRecords: () => undefined } as const;
        const subscription = await log.subscribe(options);
        await subscription.close();
        return subscription.began.kind !== 'lost';
      };
      // A broker that has just come up for the first time makes the topic of places when it is first asked for one.
      await waitFor(begins, { what: 'a place to begin at', deadlineMs: 30_000 });
      expect(await log.health()).toMatchObject({ ok: true });
    });
  });

  it.each(MECHANISMS)('refuses a wrong password by %s, in one clear failure', async (KAFKA_SASL_MECHANISM) => {
    await using(config({ KAFKA_SASL_MECHANISM, KAFKA_SASL_PASSWORD: 'wrong' }), async (log, lines) => {
      await expectRefusal(log, 'log-authentication-failed', /KAFKA_SASL_PASSWORD/);
      expect(lines.join('\n')).not.toContain('wrong');
    });
  });

  it('is refused where its certificate is signed by somebody else', async () => {
    const { KAFKA_SSL_CA: _, ...rest } = config({});
    await using(rest, (log) => expectRefusal(log, 'log-tls-failed', /KAFKA_SSL_CA_FILE/));
  });

  it('refuses who has no rights', async () => {
    await using(config({ KAFKA_SASL_USERNAME: 'stranger', KAFKA_SASL_PASSWORD: 'nobody' }), (log) =>
      expectRefusal(log, 'log-not-authorized', /ACLs/),
    );
  });

  it('does not answer who speaks plain text, whose failure names the settings', async () => {
    const { KAFKA_SSL_CA: _, ...rest } = config({});
    await using({ ...rest, KAFKA_SSL: false }, async (log) => {
      expect(await log.health()).toMatchObject({ ok: false, detail: expect.stringContaining('KAFKA_SSL') as string });
    });
  });

  function config(changes: Partial<EventLogConfig>): EventLogConfig {
    return {
      KAFKA_BROKERS: [broker.brokers],
      KAFKA_TOPIC_PREFIX: 'muster',
      KAFKA_SSL: true,
      KAFKA_SSL_CA: ca,
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'muster',
      KAFKA_SASL_PASSWORD: PASSWORD,
      ...changes,
    };
  }
});

async function expectRefusal(log: EventLog, code: string, remedy: RegExp): Promise<void> {
  const errors: Error[] = [];
  const subscribing = log.subscribe({
    consumer: 'agent',
    from: 'end',
    onRecords: () => undefined,
    onError: (error) => errors.push(error),
  });
  await expect(subscribing).rejects.toMatchObject({ code, remedy: expect.stringMatching(remedy) as string });
  expect(errors).toEqual([]);
  expect(await log.health()).toMatchObject({ ok: false, detail: expect.stringMatching(remedy) as string });
}

/** The logs of a service with this environment; the database is not asked for what these tests ask. */
async function using(config: EventLogConfig, body: (log: EventLog, lines: string[]) => Promise<void>): Promise<void> {
  const lines: string[] = [];
  const { events, reports } = openLogs(
    { ...config, MUSTER_CLUSTER: 'secure' },
    { url: 'postgres://127.0.0.1:1/none', applicationName: 'spec', onLogLine: ({ text }) => lines.push(text) },
  );
  try {
    await body(events, lines);
  } finally {
    await Promise.all([events.close(), reports.close()]);
  }
}

function properties(directory: string): Record<string, string> {
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': path.join(directory, 'keystore.pem'),
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.client.plain.sasl.jaas.config': `${plain} user_muster="${PASSWORD}" user_stranger="nobody";`,
    'listener.name.client.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.client.scram-sha-512.sasl.jaas.config': scram,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS;User:muster',
  };
}

/** Writes the broker's key store, and gives the certificate. */
async function selfSigned(directory: string): Promise<string> {
  const [key, certificate] = [path.join(directory, 'key.pem'), path.join(directory, 'certificate.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate];
  await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject]);
  const [privateKey, chain] = await Promise.all([readFile(key, 'utf8'), readFile(certificate, 'utf8')]);
  await writeFile(path.join(directory, 'keystore.pem'), privateKey + chain);
  return chain;
}
