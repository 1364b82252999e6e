import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory, waitFor } from '@muster/testing';
import { holderOf, StorageLock } from '../lock/storage-lock.js';
import type { HookContext } from '../ports.js';
import { Child, isAlive } from '../spec/child.js';
import { createDeployHook } from './create-deploy-hook.js';

const context: HookContext = {
  action: 'deploy',
  extension: 'Thing Worx',
  version: '1.0.5',
  path: '/storage/extensions/Thing Worx',
  revision: 12,
  node: 'node-1',
};

async function run(command: string | undefined, timeoutMs = 10_000) {
  const directory = await temporaryDirectory('hook');
  const fd = openSync(join(directory, 'lock'), 'a+');
  onTestFinished(() => closeSync(fd));
  const hook = createDeployHook(command?.replaceAll('DIR', directory), { timeoutMs, graceMs: 200 });
  return { directory, result: await hook.run(context, fd) };
}

describe('a deploy hook', () => {
  it('may be none', async () => {
    expect((await run(undefined)).result).toMatchObject({ ok: true });
    expect((await run('  ')).result).toMatchObject({ ok: true });
  });

  it('gets the context in its environment, and no secret of the service', async () => {
    process.env['DATABASE_URL'] = 'postgres://secret';
    onTestFinished(() => void delete process.env['DATABASE_URL']);
    const { directory, result } = await run('env > DIR/environment');
    expect(result).toMatchObject({ ok: true });
    const environment = readFileSync(join(directory, 'environment'), 'utf8').split('\n');
    expect(environment).toEqual(
      expect.arrayContaining([
        'MUSTER_ACTION=deploy',
        'MUSTER_EXTENSION=Thing Worx',
        'MUSTER_VERSION=1.0.5',
        'MUSTER_NODE=node-1',
        'MUSTER_REVISION=12',
        'MUSTER_PATH=/storage/extensions/Thing Worx',
      ]),
    );
    expect(environment.join('\n')).not.toContain('secret');
  });

  it('does not inherit the descriptor of the lock', async () => {
    const { directory, result } = await run('ls -l /proc/$$/fd > DIR/fds');
    expect(result).toMatchObject({ ok: true });
    const listed = readFileSync(join(directory, 'fds'), 'utf8');
    expect(listed).toContain('/dev/null');
    expect(listed).not.toContain(join(directory, 'lock'));
  });

  it('tells the end of what a failing one said', async () => {
    const { result } = await run('head -c 100000 /dev/zero | tr "\\0" x; echo "licence missing" >&2; exit 3');
    expect(result).toMatchObject({
      ok: false,
      code: 'hook-failed',
      detail: expect.stringMatching(/^the deploy hook exited 3: "x/),
    });
    if (result.ok) return;
    expect(result.detail).toContain('licence missing');
    expect(result.detail.length).toBeLessThan(2200);
  });

  it('is ended at its deadline with all that it started, though it will not', async () => {
    const { directory, result } = await run(
      'trap "" TERM; (trap "" TERM; echo $$ > DIR/pid; sleep 60; true) & wait; sleep 60',
      400,
    );
    expect(result).toMatchObject({ ok: false, code: 'hook-timeout' });
    const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'));
    await waitFor(() => !isAlive(pid), { what: 'the hook to be dead' });
  });

  it('may leave a server behind', async () => {
    const { directory, result } = await run('sleep 30 & echo $! > DIR/pid');
    expect(result).toMatchObject({ ok: true });
    const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'));
    expect(isAlive(pid)).toBe(true);
    process.kill(pid);
  });

  it('keeps the lock after kill -9 of its parent until its process group is dead', async () => {
    const directory = await temporaryDirectory('hook');
    const file = join(directory, 'lock');
    const pidFile = join(directory, 'pid');
    // TERM only makes it write; it dies by KILL, 300 ms later.
    const command = `trap 'echo term > ${directory}/term' TERM; echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; while :; do sleep 0.05; done`;
    const child = Child.start('hook-child.mjs', [file, command, '60000']);
    await waitFor(() => existsSync(pidFile), { what: 'the hook to start' });
    const hook = Number(readFileSync(pidFile, 'utf8'));
    child.signal('SIGKILL');
    await child.ended;
    expect(holderOf(file)).toMatchObject({ service: 'agent', pid: child.pid });
    const lock = new StorageLock(file, { service: 'next', node: 'node-1' }, 10_000);
    const aliveWhenGranted = await lock.withLock('next', () => Promise.resolve(isAlive(hook) && !isZombie(hook)));
    expect(aliveWhenGranted).toBe(false);
    expect(existsSync(join(directory, 'term'))).toBe(true);
  });

  it('is one POST of the same as JSON where it is a URL, with a deadline', async () => {
    let answer = (_: IncomingMessage, response: ServerResponse): void => void response.writeHead(204).end();
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk)).on('end', () => (bodies.push(body), answer(request, response)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close().closeAllConnections());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    expect((await run(url)).result).toMatchObject({ ok: true });
    expect(JSON.parse(bodies[0] ?? '')).toEqual(context);
    answer = (_, response) => void response.writeHead(500).end('licence missing');
    expect((await run(url)).result).toMatchObject({
      code: 'hook-failed',
      detail: expect.stringContaining('answered 500: "licence missing"'),
    });
    answer = (_, response) => void response.writeHead(200).write('never ends');
    expect((await run(url, 300)).result).toMatchObject({ code: 'hook-timeout' });
    expect((await run('http://127.0.0.1:9/')).result).toMatchObject({ code: 'hook-not-started' });
  });
});

function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
