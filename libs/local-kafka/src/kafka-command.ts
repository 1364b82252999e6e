import path from 'node:path';
import { findJava } from './java.js';
import { kafkaJars, settingsFolder } from './jars.js';

export interface KafkaCommand {
  readonly file: string;
  readonly args: readonly string[];
}

export interface KafkaCommandOptions {
  readonly heapMegabytes?: number;
  /** Java compiles less: it starts with a third less work, and is slower under load. */
  readonly quickStart?: boolean;
  /** Absent: what the program logs goes nowhere. */
  readonly log?: string;
  readonly say?: (line: string) => void;
}

/**
 * How to run one of Kafka's programs by its class, e.g. `org.apache.kafka.tools.TopicCommand`.
 *
 * @throws LocalKafkaError when Java, Maven or the jars cannot be had
 */
export async function kafkaCommand(
  mainClass: string,
  args: readonly string[],
  { heapMegabytes = 256, quickStart = false, log = '/dev/null', say }: KafkaCommandOptions = {},
): Promise<KafkaCommand> {
  const java = await findJava();
  const jars = await kafkaJars(say);
  const machine = [
    `-Xmx${heapMegabytes}m`,
    '-XX:+UseSerialGC',
    '-XX:+ExitOnOutOfMemoryError',
    ...(quickStart ? ['-XX:TieredStopAtLevel=1'] : []),
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=${path.join(settingsFolder, 'log4j2.properties')}`,
    `-Dmuster.kafka.log=${log}`,
  ];
  return { file: java, args: [...machine, '-cp', path.join(jars, '*'), mainClass, ...args] };
}
