import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { LocalKafkaError } from './local-kafka-error.js';

const root = path.resolve(import.meta.dirname, '../../..');
/** What stands beside the launcher: `pom.xml`, `log4j2.properties`. */
export const settingsFolder = path.join(root, 'tools', 'kafka');

const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
const ASIDE = 'fetching-';
const DOWNLOAD_DEADLINE_MS = 10 * 60_000;

/**
 * The folder of Kafka's jars. Maven fetches them once for each content of `tools/kafka/pom.xml`, aside, and they come into
 * place by one rename: a download that is killed, or two at once, leave nothing that is half.
 *
 * @throws LocalKafkaError `maven-missing`, `kafka-download-failed`
 */
export async function kafkaJars(say: (line: string) => void = () => undefined): Promise<string> {
  const pom = path.join(settingsFolder, 'pom.xml');
  const digest = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex');
  const cache = path.join(root, '.cache', 'kafka');
  const folder = path.join(cache, digest.slice(0, 16));
  if (existsSync(folder)) return folder;
  say('Fetching Kafka with Maven, once (about 55 MB) …');
  await mkdir(cache, { recursive: true });
  await removeUnfinished(cache);
  const aside = await mkdtemp(path.join(cache, ASIDE));
  try {
    await runMaven(pom, path.join(aside, 'jars'));
    await rename(path.join(aside, 'jars'), folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return folder;
}

async function removeUnfinished(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(ASIDE)) continue;
    const left = path.join(cache, name);
    const ageMs = await stat(left).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (ageMs > 2 * DOWNLOAD_DEADLINE_MS) await rm(left, { recursive: true, force: true });
  }
}

function runMaven(pom: string, target: string): Promise<void> {
  const goal = `${PLUGIN}:copy-dependencies`;
  const options = ['--batch-mode', '--quiet', '-Dstyle.color=never', '--strict-checksums', '--file', pom];
  return new Promise((resolve, reject) => {
    const child = spawn('mvn', [...options, goal, `-DoutputDirectory=${target}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: DOWNLOAD_DEADLINE_MS,
    });
    let said = '';
    const collect = (chunk: Buffer): void => {
      said = (said + chunk.toString('utf8')).slice(-20_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (cause) => reject(missing(cause)));
    child.once('close', (code, signal) => (code === 0 ? resolve() : reject(failed(said, signal))));
  });
}

function missing(cause: Error): LocalKafkaError {
  return new LocalKafkaError('maven-missing', 'Kafka is fetched with Maven, and there is no mvn on the PATH', {
    remedy: 'install Maven (on Debian: apt-get install maven), or set KAFKA_BROKERS to a broker of yours',
    cause,
  });
}

function failed(said: string, signal: NodeJS.Signals | null): LocalKafkaError {
  const lines = said.split('\n').map((line) => line.replace(/^\[ERROR\]\s*/, ''));
  const reason = lines.find((line) => /Could not|Cannot|Unknown host|offline/.test(line)) ?? lines.find(Boolean);
  const why = signal === null ? (reason ?? 'it did not say why') : `it was not done in ${DOWNLOAD_DEADLINE_MS} ms`;
  return new LocalKafkaError('kafka-download-failed', `Maven cannot fetch Kafka: ${shortened(why)}`, {
    remedy:
      "see that this machine reaches Maven Central or a mirror named in Maven's settings, or set KAFKA_BROKERS to a broker of yours",
  });
}

function shortened(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)} …` : text;
}
