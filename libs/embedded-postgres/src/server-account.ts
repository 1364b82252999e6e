import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

const run = promisify(execFile);
const ACCOUNT = 'postgres';

/** Whom the server runs as: `undefined` means the user of this process. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root, so root gets the account `postgres`, made when it is missing. */
export async function serverAccount(): Promise<ServerAccount | undefined> {
  if (userInfo().uid !== 0) return undefined;
  const existing = await lookUp();
  if (existing) return existing;
  try {
    await run('groupadd', ['--force', '--system', ACCOUNT]);
    await run('useradd', ['--system', '--gid', ACCOUNT, '--shell', '/usr/sbin/nologin', ACCOUNT]);
  } catch (cause) {
    throw missingAccount(cause);
  }
  const made = await lookUp();
  if (!made) throw missingAccount(undefined);
  return made;
}

function missingAccount(cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'postgres-user-missing',
    `PostgreSQL does not run as root, and the user ${ACCOUNT} could not be made`,
    {
      remedy: `start as another user, or make the user ${ACCOUNT} first`,
      cause,
    },
  );
}

async function lookUp(): Promise<ServerAccount | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', ACCOUNT]), run('id', ['-g', ACCOUNT])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** Refuses, by name, the first directory on the way to `target` that the server's account cannot enter. */
export async function checkReachable(target: string, account: ServerAccount | undefined): Promise<void> {
  if (!account) return;
  for (const directory of ancestors(target)) {
    if (await succeeds(account, directory)) continue;
    throw new EmbeddedPostgresError(
      'directory-not-accessible',
      `the user ${ACCOUNT} cannot enter ${directory}, which leads to ${target}`,
      {
        remedy: `use a directory that everybody can enter, run chmod o+x ${directory}, or start as another user than root`,
      },
    );
  }
}

function ancestors(target: string): string[] {
  const parent = path.dirname(target);
  return parent === target ? [target] : [...ancestors(parent), target];
}

function succeeds(account: ServerAccount, directory: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', 'test -x "$1"', 'sh', directory], { ...account, cwd: '/', stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}
