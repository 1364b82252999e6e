import { MusterError } from '@muster/contracts';

/**
 * A broker that cannot be started. Codes: `java-missing`, `java-too-old`, `maven-missing`, `kafka-download-failed`,
 * `data-directory-in-use`, `data-directory-unusable`, `disk-full`, `port-in-use`, `kafka-failed`, `kafka-start-timeout`.
 */
export class LocalKafkaError extends MusterError {}
