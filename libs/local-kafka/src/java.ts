import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { LocalKafkaError } from './local-kafka-error.js';

const run = promisify(execFile);
const LEAST_VERSION = 17;
const REMEDY = `install Java ${LEAST_VERSION} or newer (on Debian: apt-get install openjdk-17-jre-headless), or set JAVA_HOME`;

/**
 * The path of a Java that can run the broker: of `JAVA_HOME`, else of `PATH`.
 *
 * @throws LocalKafkaError `java-missing`, `java-too-old`
 */
export async function findJava(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const home = environment['JAVA_HOME'];
  const java = home ? path.join(home, 'bin', 'java') : 'java';
  const said = await run(java, ['-version'], { env: environment }).catch((cause: unknown) => {
    const where = home ? `JAVA_HOME is ${home}, and ${java} does not run` : 'there is no java on the PATH';
    throw new LocalKafkaError('java-missing', `Kafka needs Java: ${where}`, { remedy: REMEDY, cause });
  });
  const version = majorVersion(`${said.stderr}${said.stdout}`);
  if (version !== undefined && version < LEAST_VERSION) {
    throw new LocalKafkaError('java-too-old', `Kafka 4 needs Java ${LEAST_VERSION}, and ${java} is Java ${version}`, {
      limit: LEAST_VERSION,
      actual: version,
      remedy: REMEDY,
    });
  }
  return java;
}

/** `openjdk version "17.0.15"` is 17, `java version "1.8.0_292"` is 8. */
export function majorVersion(said: string): number | undefined {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(said) ?? [];
  if (first === undefined) return undefined;
  return Number(first === '1' ? second : first);
}
