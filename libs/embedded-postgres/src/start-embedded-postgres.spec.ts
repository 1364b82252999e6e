import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startEmbeddedPostgres } from './start-embedded-postgres.js';

const DEADLINE = { timeout: 20_000 };
const library = new URL('../dist/index.js', import.meta.url).href;

/** The operating system outlives every kill in here, and the disk of a test machine is slow. */
const settings = { fsync: 'off' };

let made: string;
let directory: string;
let dataDir: string;
const undo: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  made = await mkdtemp(path.join(tmpdir(), 'muster-embedded-made-'));
  await chmod(made, 0o755);
  const server = await startEmbeddedPostgres({ dataDir: path.join(made, 'postgres'), settings });
  await server.stop();
});
afterAll(() => rm(made, { recursive: true, force: true }));

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-embedded-'));
  await chmod(directory, 0o755);
  dataDir = path.join(directory, 'deep', 'postgres');
});
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
  await rm(directory, { recursive: true, force: true });
});

describe('startEmbeddedPostgres', () => {
  it('keeps what was written over an orderly stop and over kill -9 of the whole server', async () => {
    const first = await startEmbeddedPostgres({ dataDir, settings });
    expect(await query(first.url, 'create table kept (n int); insert into kept values (1)')).toBeDefined();
    await first.stop();
    await first.stop();
    expect(await first.exited).toEqual({ code: 0, signal: null });
    const second = await startEmbeddedPostgres({ dataDir, settings });
    await query(second.url, 'insert into kept values (2)');
    process.kill(second.pid, 'SIGKILL');
    await second.exited;
    const third = await startEmbeddedPostgres({ dataDir });
    undo.push(() => third.stop());
    expect(await query(third.url, 'select n from kept order by n')).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('stops fast although sessions are open', async () => {
    await useMadeDirectory();
    const server = await startEmbeddedPostgres({ dataDir, settings });
    const client = new Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin');
    const begin = performance.now();
    await server.stop();
    expect(performance.now() - begin).toBeLessThan(5_000);
  });

  it('names the server that uses the data directory already', async () => {
    const { child, pid } = await startedByAnotherProcess();
    const seen = startEmbeddedPostgres({ dataDir, settings, earlierServerDeadlineMs: 500 });
    await expect(seen).rejects.toMatchObject({
      code: 'data-directory-in-use',
      message: expect.stringContaining(`pid ${pid}`),
      remedy: expect.stringContaining(`kill -INT ${pid}`),
    });
    child.kill('SIGKILL');
  });

  it('shuts the server down when its starter is killed, and can be started at once on the same directory', async () => {
    const { child, pid } = await startedByAnotherProcess();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const server = await startEmbeddedPostgres({ dataDir, settings });
    undo.push(() => server.stop());
    expect(server.pid).not.toBe(pid);
    expect(await query(server.url, 'select n from written')).toEqual([{ n: 1 }]);
  });

  it('is not touched by a Ctrl-C in the terminal, until its starter stops it', async () => {
    const { child, pid, url } = await startedByAnotherProcess();
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await vi.waitFor(() => expect(existsSync(path.join(directory, 'interrupted'))).toBe(true), DEADLINE);
    expect(await query(url, 'select n from written')).toEqual([{ n: 1 }]);
    child.stdin?.write('stop\n');
    await once(child, 'exit');
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), DEADLINE);
    expect(existsSync(path.join(dataDir, 'postmaster.pid'))).toBe(false);
  });

  it('refuses in one line a port that is taken', async () => {
    await useMadeDirectory();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    undo.push(() => new Promise((resolve) => other.close(resolve)));
    const { port } = other.address() as AddressInfo;
    await expect(startEmbeddedPostgres({ dataDir, port, settings })).rejects.toMatchObject({
      code: 'port-in-use',
      message: `port ${port} of 127.0.0.1 is taken`,
    });
  });

  it('refuses a directory with other things in it and leaves them alone', async () => {
    await mkdir(dataDir, { recursive: true });
    await writeFile(path.join(dataDir, 'letter.txt'), 'x');
    await expect(startEmbeddedPostgres({ dataDir, settings })).rejects.toMatchObject({
      code: 'data-directory-unusable',
    });
    expect(await readdir(dataDir)).toEqual(['letter.txt']);
  });

  it('leaves nothing that looks like a database when it fails to make one', async () => {
    await mkdir(path.join(directory, 'deep'));
    await writeFile(dataDir, 'a file');
    await expect(startEmbeddedPostgres({ dataDir, settings })).rejects.toMatchObject({
      code: 'data-directory-unusable',
    });
    expect(await readdir(path.join(directory, 'deep'))).toEqual(['postgres']);
  });

  it('says what PostgreSQL says about a setting that it does not take', async () => {
    await useMadeDirectory();
    await expect(
      startEmbeddedPostgres({ dataDir, settings: { ...settings, max_connections: 'many' } }),
    ).rejects.toMatchObject({
      code: 'postgres-failed',
      message: expect.stringContaining('max_connections'),
    });
  });

  it.runIf(process.getuid?.() === 0)('names the directory that the server user cannot enter', async () => {
    const locked = path.join(directory, 'locked');
    await mkdir(locked, { mode: 0o700 });
    await expect(startEmbeddedPostgres({ dataDir: path.join(locked, 'postgres') })).rejects.toMatchObject({
      code: 'directory-not-accessible',
      message: expect.stringContaining(`cannot enter ${locked}`),
    });
  });

  it.runIf(process.getuid?.() === 0)('says in one line that the disk is full', async () => {
    const small = path.join(directory, 'small');
    await mkdir(small, { mode: 0o755 });
    if (!(await succeeds('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=755', 'tmpfs', small]))) return;
    undo.push(() => succeeds('umount', [small]));
    await expect(startEmbeddedPostgres({ dataDir: path.join(small, 'postgres') })).rejects.toMatchObject({
      code: 'disk-full',
    });
    expect(await readdir(small)).toEqual([]);
  });
});

/** A copy of a directory that was made before: making one takes a second or more. */
async function useMadeDirectory(): Promise<void> {
  await mkdir(path.dirname(dataDir), { recursive: true });
  expect(await succeeds('cp', ['-a', path.join(made, 'postgres'), dataDir])).toBe(true);
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows ?? [];
  } finally {
    await client.end();
  }
}

/** A process of its own, in a process group of its own, that starts the server and stops it when it is told to. */
async function startedByAnotherProcess(): Promise<{ child: ChildProcess; pid: number; url: string }> {
  await useMadeDirectory();
  const ready = path.join(directory, 'ready');
  const script = `
    import { renameSync, writeFileSync } from 'node:fs';
    const { startEmbeddedPostgres } = await import(${JSON.stringify(library)});
    process.on('SIGINT', () => writeFileSync(${JSON.stringify(path.join(directory, 'interrupted'))}, ''));
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, settings: { fsync: 'off' } });
    writeFileSync(${JSON.stringify(`${ready}.new`)}, JSON.stringify({ pid: server.pid, url: server.url }));
    renameSync(${JSON.stringify(`${ready}.new`)}, ${JSON.stringify(ready)});
    process.stdin.once('data', () => void server.stop().then(() => process.exit(0)));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  undo.push(() => void child.kill('SIGKILL'));
  await vi.waitFor(() => expect(existsSync(ready)).toBe(true), DEADLINE);
  const { pid, url } = JSON.parse(await readFile(ready, 'utf8')) as { pid: number; url: string };
  await query(url, 'create table written (n int); insert into written values (1)');
  undo.push(() => vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), DEADLINE));
  undo.push(() => void child.kill('SIGKILL'));
  return { child, pid, url };
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(program, args, { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}
