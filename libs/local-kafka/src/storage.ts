import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { kafkaCommand } from './kafka-command.js';
import { LocalKafkaError } from './local-kafka-error.js';
import { writeProperties } from './server-properties.js';

const run = promisify(execFile);

export interface ScramUser {
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly name: string;
  readonly password: string;
}

/**
 * Formats the broker's storage when there is none. It is formatted aside and comes into place by one rename, so that a
 * start which is killed half way leaves nothing that looks like storage. The users are made then, and only then.
 */
export async function prepareStorage(
  directory: string,
  properties: Readonly<Record<string, string>>,
  scramUsers: readonly ScramUser[],
): Promise<void> {
  const storage = path.join(directory, 'data');
  if (existsSync(path.join(storage, 'meta.properties'))) return;
  await refuseForeignContent(directory);
  for (const name of await readdir(directory))
    if (name.startsWith('formatting-')) await rm(path.join(directory, name), { recursive: true, force: true });
  const aside = await mkdtemp(path.join(directory, 'formatting-'));
  try {
    const file = path.join(aside, 'server.properties');
    await mkdir(path.join(aside, 'data'));
    await writeFile(file, writeProperties({ ...properties, 'log.dirs': path.join(aside, 'data') }), { mode: 0o600 });
    await format(file, scramUsers);
    await rename(path.join(aside, 'data'), storage);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function format(file: string, scramUsers: readonly ScramUser[]): Promise<void> {
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  const users = scramUsers.flatMap(({ mechanism, name, password }) => [
    '--add-scram',
    `${mechanism}=[name=${quoted(name)},password=${quoted(password)}]`,
  ]);
  const args = ['format', '--cluster-id', clusterId, '--config', file, ...users];
  const command = await kafkaCommand('kafka.tools.StorageTool', args, { heapMegabytes: 128, quickStart: true });
  await run(command.file, [...command.args]).catch((error: Error & { stdout?: string; stderr?: string }) => {
    const said = `${error.stderr ?? ''}\n${error.stdout ?? ''}`.split('\n').filter((line) => line.trim() !== '');
    throw new LocalKafkaError(
      'kafka-failed',
      `Kafka's storage cannot be formatted: ${said.find((line) => !line.startsWith('\t')) ?? error.message}`,
    );
  });
}

function quoted(text: string): string {
  if (/["\\\n]/.test(text)) {
    throw new LocalKafkaError('kafka-failed', `a SCRAM user's name or password may not hold ", \\ or a line's end`);
  }
  return `"${text}"`;
}

async function refuseForeignContent(directory: string): Promise<void> {
  const ours = /^(?:lock|server\.properties|kafka\.log(?:\.\d+)?|data|formatting-.*)$/;
  const foreign = (await readdir(directory)).find((name) => !ours.test(name));
  if (foreign === undefined) return;
  throw new LocalKafkaError('data-directory-unusable', `${directory} holds ${foreign}, which is not Kafka's`, {
    remedy: 'choose another data directory',
  });
}
