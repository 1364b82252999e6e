import { z } from 'zod';

/** A text that `parse` turns into a value; `takes` tells people what it wants. */
function parsed<T>(takes: string, parse: (text: string) => T | undefined) {
  return z.string({ error: takes }).transform((text, context): T => {
    const value = parse(text.trim());
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: takes });
    return z.NEVER;
  });
}

const BROKER = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/;

function parseBrokers(text: string): readonly string[] | undefined {
  const brokers = text.split(',').map((broker) => broker.trim());
  const good = brokers.every((broker) => {
    const port = Number(BROKER.exec(broker)?.[1]);
    return port >= 1 && port <= 65_535;
  });
  return good ? brokers : undefined;
}

function parseYesNo(text: string): boolean | undefined {
  if (/^(?:yes|true|on|1)$/i.test(text)) return true;
  return /^(?:no|false|off|0)$/i.test(text) ? false : undefined;
}

const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

function pem() {
  return parsed('PEM text, best by a file that NAME_FILE names', (text) =>
    text.includes('-----BEGIN ') ? text : undefined,
  ).optional();
}

/**
 * What every service takes from its environment about the event log, to be spread into its schema. Without
 * `KAFKA_BROKERS` the log lies in PostgreSQL. Each of them may come from a file that `NAME_FILE` names: so
 * `KAFKA_SSL_CA_FILE` gives `KAFKA_SSL_CA`, and `KAFKA_SASL_PASSWORD_FILE` the password.
 */
export const eventLogConfig = {
  KAFKA_BROKERS: parsed('brokers as host:port, separated by commas', parseBrokers).optional(),
  /** Default: the name of the application that opens the logs. */
  KAFKA_CLIENT_ID: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,200}$/, 'letters, digits, dots, underscores and hyphens')
    .optional(),
  KAFKA_TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, 'letters, digits, dots, underscores and hyphens, 100 at most')
    .default('muster'),
  KAFKA_SSL: parsed('yes or no', parseYesNo).default(false),
  KAFKA_SSL_CA: pem(),
  KAFKA_SSL_CERT: pem(),
  KAFKA_SSL_KEY: pem(),
  KAFKA_SASL_MECHANISM: parsed(`one of ${SASL_MECHANISMS.join(', ')}`, (text) =>
    SASL_MECHANISMS.find((mechanism) => mechanism === text.toLowerCase()),
  ).optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  /** Of topics that are made here. Default: what the broker has as its default. */
  KAFKA_REPLICATION_FACTOR: parsed('a whole number from 1 to 99', (text) =>
    /^[1-9]\d?$/.test(text) ? Number(text) : undefined,
  ).optional(),
};

const schema = z.object(eventLogConfig);
/** The values of `eventLogConfig`. */
export type EventLogConfig = z.output<typeof schema>;
