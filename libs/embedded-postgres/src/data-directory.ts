import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Binaries } from './binaries.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { checkReachable, type ServerAccount } from './server-account.js';

const PASSWORD_FILE = 'muster-password';
const UNFINISHED = '.initialising-';
const UNFINISHED_KEPT_MS = 10 * 60_000;

export interface Preparation {
  readonly binaries: Binaries;
  readonly account: ServerAccount | undefined;
  /** Whether a new directory is written through to the disk before it comes into place. */
  readonly durable: boolean;
}

/**
 * Makes the data directory when there is none and answers the superuser's password. `initdb` works aside and the result
 * comes into place by one rename, so that a start which is killed half way leaves nothing that looks like a database.
 */
export async function prepareDataDirectory(dataDir: string, preparation: Preparation): Promise<string> {
  const { binaries, account } = preparation;
  await mkdir(path.dirname(dataDir), { recursive: true }).catch(refuseFullDisk);
  await checkReachable(path.dirname(dataDir), account);
  await checkReachable(path.dirname(binaries.postgres), account);
  if (!existsSync(path.join(dataDir, 'PG_VERSION'))) await initialise(dataDir, preparation);
  try {
    return (await readFile(path.join(dataDir, PASSWORD_FILE), 'utf8')).trim();
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'data-directory-unusable',
      `${dataDir} holds a PostgreSQL that was not made here: ${PASSWORD_FILE} cannot be read`,
      {
        remedy: 'choose another data directory',
        cause,
      },
    );
  }
}

async function initialise(dataDir: string, preparation: Preparation): Promise<void> {
  const { account } = preparation;
  await refuseForeignContent(dataDir);
  await removeUnfinished(dataDir);
  const aside = await mkdtemp(`${dataDir}${UNFINISHED}`);
  const passwordFile = path.join(path.dirname(aside), `${path.basename(aside)}.password`);
  try {
    const password = randomBytes(24).toString('hex');
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (account) {
      await chown(aside, account.uid, account.gid);
      await chown(passwordFile, account.uid, account.gid);
    }
    await runInitdb(aside, passwordFile, preparation);
    await rename(passwordFile, path.join(aside, PASSWORD_FILE));
    await rename(aside, dataDir);
  } catch (error) {
    if (!existsSync(path.join(dataDir, 'PG_VERSION'))) return refuseFullDisk(error);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(aside, { recursive: true, force: true });
  }
}

function runInitdb(
  directory: string,
  passwordFile: string,
  { binaries, account, durable }: Preparation,
): Promise<void> {
  const flags = [
    `--pgdata=${directory}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    // The password has 192 random bits: more rounds would only make each connection slower.
    '--set=scram_iterations=1',
    ...(durable ? [] : ['--no-sync']),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(binaries.initdb, flags, {
      ...account,
      cwd: directory,
      detached: true,
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-4_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(initdbFailure(directory, output, code))));
  });
}

function initdbFailure(directory: string, output: string, code: number | null): EmbeddedPostgresError {
  if (output.includes('No space left on device')) return diskFull(directory);
  const reason = output.split('\n').find((line) => /error:|FATAL/.test(line)) ?? output.trim().split('\n').at(-1) ?? '';
  return new EmbeddedPostgresError(
    'postgres-failed',
    `initdb of ${directory} ended with code ${code}: ${reason.trim()}`,
  );
}

export function diskFull(directory: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError('disk-full', `no space is left for PostgreSQL in ${directory}`, {
    remedy: 'free some space on that disk, then start again',
  });
}

function refuseFullDisk(error: unknown): never {
  const failure = error as NodeJS.ErrnoException;
  if (failure.code === 'ENOSPC') throw diskFull(failure.path ?? 'the data directory');
  throw error;
}

async function refuseForeignContent(dataDir: string): Promise<void> {
  const content = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new EmbeddedPostgresError('data-directory-unusable', `${dataDir} cannot be read: ${error.message}`, {
      remedy: 'choose another data directory',
      cause: error,
    });
  });
  if (content.length === 0) return;
  throw new EmbeddedPostgresError(
    'data-directory-unusable',
    `${dataDir} is neither empty nor a PostgreSQL data directory`,
    { remedy: 'choose another data directory' },
  );
}

async function removeUnfinished(dataDir: string): Promise<void> {
  const parent = path.dirname(dataDir);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(path.basename(dataDir) + UNFINISHED)) continue;
    const left = path.join(parent, name);
    const age = await stat(left).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > UNFINISHED_KEPT_MS) await rm(left, { recursive: true, force: true });
  }
}
