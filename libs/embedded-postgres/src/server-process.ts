import { spawn, type ChildProcessByStdio } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { ServerAccount } from './server-account.js';

const KEPT_LINES = 30;

export interface ServerCommand {
  readonly postgres: string;
  readonly dataDir: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly account: ServerAccount | undefined;
  readonly log: (line: string) => void;
}

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A postmaster as a child in a session of its own: a Ctrl-C in the terminal reaches whoever started it and not the
 * server, so services can still use it while they end. A guard beside it shuts it down fast if this process dies without
 * `stop`, by kill -9 too: the guard reads a pipe whose other end only this process holds.
 */
export class ServerProcess {
  readonly pid: number;
  readonly exited: Promise<ServerExit>;
  readonly lastLines: string[] = [];
  private readonly child: ChildProcessByStdio<null, null, Readable>;
  private readonly listeners = new Set<(line: string) => void>();

  private constructor(child: ChildProcessByStdio<null, null, Readable>, pid: number, command: ServerCommand) {
    this.child = child;
    this.pid = pid;
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.lastLines.push(line);
      if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
      command.log(line);
      for (const listener of this.listeners) listener(line);
    });
    const endGuard = startGuard(pid, command.dataDir);
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        endGuard();
        resolve({ code, signal });
      });
    });
  }

  static async spawn(command: ServerCommand): Promise<ServerProcess> {
    const settings = Object.entries({
      unix_socket_directories: '',
      lc_messages: 'C',
      listen_addresses: '127.0.0.1',
      ...command.settings,
    });
    const flags = [
      '-D',
      command.dataDir,
      '-p',
      String(command.port),
      ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
    const child = spawn(command.postgres, flags, {
      ...command.account,
      cwd: path.dirname(command.postgres),
      detached: true,
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    if (child.pid === undefined) throw new Error('a spawned process has no pid');
    return new ServerProcess(child, child.pid, command);
  }

  /** Resolves with whether the server became ready (`true`) or ended before (`false`). */
  ready(): Promise<boolean> {
    return new Promise((resolve) => {
      this.listeners.add((line) => {
        if (line.includes('database system is ready to accept connections')) resolve(true);
      });
      void this.exited.then(() => resolve(false));
    });
  }

  signal(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): void {
    this.child.kill(signal);
  }
}

/** Answers the function that ends the guard, for a server that has ended by itself. */
function startGuard(serverPid: number, dataDir: string): () => void {
  const script = 'cat >/dev/null; test "$(head -n 1 "$2/postmaster.pid" 2>/dev/null)" = "$1" && kill -INT "$1"';
  const guard = spawn('/bin/sh', ['-c', script, 'postgres-guard', String(serverPid), dataDir], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.once('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  // The server keeps this process alive until it is stopped; its guard does not.
  (guard.stdin as unknown as { unref(): void }).unref();
  return () => guard.stdin.end();
}
