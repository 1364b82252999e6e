import { EventLogError } from '../event-log-error.js';

const SETTLING = new Set([
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'NOT_CONTROLLER',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
]);

/** What Node's TLS says when certificates or protocols do not fit, and will not by asking again. */
const TLS_CODE =
  /^(?:ERR_SSL|ERR_TLS|EPROTO|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED|HOSTNAME_MISMATCH|ERR_OSSL|INVALID_CA)/;

interface KafkaFailure extends Error {
  readonly type?: string;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** The innermost failure: kafkajs wraps what it has tried again. */
function innermost(error: unknown): KafkaFailure {
  const failure = error as KafkaFailure;
  return failure.cause instanceof Error ? innermost(failure.cause) : failure;
}

/** The name that the protocol gives to what the broker answered, such as `UNKNOWN_TOPIC_OR_PARTITION`. */
export function kafkaErrorType(error: unknown): string | undefined {
  return innermost(error).type;
}

/** A broker or a topic that has just come up or moved: passes by itself, and is not worth a word for a while. */
export function isSettling(error: unknown): boolean {
  return SETTLING.has(kafkaErrorType(error) ?? '');
}

/** Asking again gives the same answer until somebody has changed something. */
export function isLasting(error: EventLogError): boolean {
  return error.code !== 'log-unavailable' && error.code !== 'log-topic-missing' && error.code !== 'log-reset';
}

/** What kafkajs threw, as `log-unavailable` or one of the lasting codes. */
export function asKafkaLogError(error: unknown, brokers: readonly string[]): EventLogError {
  if (error instanceof EventLogError) return error;
  const { name, message, type = '', code } = innermost(error);
  const where = brokers.join(', ');
  if (name === 'KafkaJSSASLAuthenticationError' || /SASL_AUTHENTICATION_FAILED|UNSUPPORTED_SASL/.test(type))
    return new EventLogError('log-authentication-failed', `Kafka at ${where} does not let us in: ${message}`, {
      remedy: 'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD against the users of the broker',
      cause: error,
    });
  if (type.endsWith('_AUTHORIZATION_FAILED'))
    return new EventLogError('log-not-authorized', `Kafka at ${where} refuses this user: ${type}: ${message}`, {
      remedy: "give this user the service's ACLs (docs/operations.md lists them)",
      cause: error,
    });
  if (typeof code === 'string' && TLS_CODE.test(code))
    return new EventLogError('log-tls-failed', `no TLS with Kafka at ${where}: ${message} (${code})`, {
      remedy: 'check that the broker speaks TLS on this port, its host name, and KAFKA_SSL_CA_FILE',
      cause: error,
    });
  return new EventLogError('log-unavailable', `Kafka at ${where} does not answer: ${message}`, {
    remedy:
      'check that the broker runs, that KAFKA_BROKERS names it, and that KAFKA_SSL and KAFKA_SASL_* fit its listener',
    cause: error,
  });
}
