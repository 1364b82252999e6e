import type { EventLogConfig } from '../event-log-config.js';
import { EventLogError } from '../event-log-error.js';
import type { KafkaConnectionOptions } from './kafka-connection.js';
import { type KafkaSource, kafkaSource } from './kafka-source.js';

/**
 * What the environment says about Kafka; undefined without `KAFKA_BROKERS`.
 *
 * @throws EventLogError `log-bad-configuration` for settings that contradict each other.
 */
export function kafkaSourceOf(
  config: EventLogConfig & { readonly MUSTER_CLUSTER: string },
  applicationName: string,
  onLogLine?: KafkaConnectionOptions['onLogLine'],
): KafkaSource | undefined {
  if (config.KAFKA_BROKERS === undefined) {
    refuseWithoutBrokers(config);
    return undefined;
  }
  const [ssl, sasl] = [sslOf(config), saslOf(config)];
  return kafkaSource({
    brokers: config.KAFKA_BROKERS,
    clientId: config.KAFKA_CLIENT_ID ?? applicationName.replaceAll(/[^A-Za-z0-9._-]/g, '_'),
    topicPrefix: config.KAFKA_TOPIC_PREFIX,
    cluster: config.MUSTER_CLUSTER,
    replicationFactor: config.KAFKA_REPLICATION_FACTOR,
    ...(ssl && { ssl }),
    ...(sasl && { sasl }),
    ...(onLogLine && { onLogLine }),
  });
}

/** Whoever sets a password for Kafka means Kafka: without its address we would silently use another log than they think. */
function refuseWithoutBrokers(config: EventLogConfig): void {
  const meant = (['KAFKA_CLIENT_ID', 'KAFKA_SSL_CA', 'KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME'] as const).find(
    (name) => config[name] !== undefined,
  );
  if (meant !== undefined || config.KAFKA_SSL)
    throw contradiction(`${meant ?? 'KAFKA_SSL'} is set, but not KAFKA_BROKERS`, 'set KAFKA_BROKERS, or neither');
}

function sslOf({ KAFKA_SSL, KAFKA_SSL_CA: ca, KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key }: EventLogConfig) {
  if ((cert === undefined) !== (key === undefined))
    throw contradiction(
      'of KAFKA_SSL_CERT and KAFKA_SSL_KEY only one is set',
      'set KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE, or neither',
    );
  if (KAFKA_SSL) return { ca, cert, key };
  if (ca !== undefined || cert !== undefined)
    throw contradiction('certificates for Kafka are set, but KAFKA_SSL is not yes', 'set KAFKA_SSL=yes');
  return undefined;
}

function saslOf(config: EventLogConfig): KafkaConnectionOptions['sasl'] {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config;
  if (mechanism !== undefined && username !== undefined && password !== undefined)
    return { mechanism, username, password };
  if (mechanism === undefined && username === undefined && password === undefined) return undefined;
  throw contradiction(
    'of KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD only some are set',
    'set all three, the password best by KAFKA_SASL_PASSWORD_FILE, or none',
  );
}

function contradiction(what: string, remedy: string): EventLogError {
  return new EventLogError('log-bad-configuration', what, { remedy });
}
