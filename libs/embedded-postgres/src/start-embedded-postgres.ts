import path from 'node:path';
import { findBinaries } from './binaries.js';
import { diskFull, prepareDataDirectory } from './data-directory.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { freePort } from './free-port.js';
import { serverAccount } from './server-account.js';
import { ServerProcess, type ServerCommand, type ServerExit } from './server-process.js';

const START_DEADLINE_MS = 60_000;
const EARLIER_SERVER_DEADLINE_MS = 10_000;
const FAST_SHUTDOWN_MS = 20_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;
const PORT_ATTEMPTS = 5;

export interface EmbeddedPostgresOptions {
  /** Made when it is missing; kept by `stop`. */
  readonly dataDir: string;
  /** On 127.0.0.1; a free one when absent. */
  readonly port?: number;
  /** PostgreSQL settings, e.g. `{ max_connections: '300' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * How long a server of an earlier run on the same directory is given to end: its guard may be shutting it down this
   * moment. Default 10,000.
   */
  readonly earlierServerDeadlineMs?: number;
  /** Gets each line of the server's log. */
  readonly log?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** Of the superuser, with its password, database `postgres`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server has ended, whoever ended it. */
  readonly exited: Promise<ServerExit>;
  /** A fast shutdown: sessions are cut, data is safe. A second call waits for the first. */
  stop(): Promise<void>;
}

type Outcome =
  { readonly server: ServerProcess } | { readonly retry: 'port' | 'in-use'; readonly error: EmbeddedPostgresError };

/** @throws EmbeddedPostgresError in one line that says what stands in the way. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = path.resolve(options.dataDir);
  const binaries = findBinaries();
  const account = await serverAccount();
  const password = await prepareDataDirectory(dataDir, {
    binaries,
    account,
    durable: options.settings?.['fsync'] !== 'off',
  });
  const inUseUntil = Date.now() + (options.earlierServerDeadlineMs ?? EARLIER_SERVER_DEADLINE_MS);
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const command: ServerCommand = {
      postgres: binaries.postgres,
      dataDir,
      port,
      settings: options.settings ?? {},
      account,
      log: options.log ?? (() => undefined),
    };
    const outcome = await attemptStart(command);
    if ('server' in outcome) return handle(outcome.server, port, password, command.log);
    const again =
      outcome.retry === 'port' ? options.port === undefined && attempt < PORT_ATTEMPTS : Date.now() < inUseUntil;
    if (!again) throw outcome.error;
    if (outcome.retry === 'in-use') await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function attemptStart(command: ServerCommand): Promise<Outcome> {
  const server = await ServerProcess.spawn(command);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), START_DEADLINE_MS);
  });
  const state = await Promise.race([server.ready(), deadline]);
  clearTimeout(timer);
  if (state === true) return { server };
  if (state === 'late') {
    await shutDown(server, command.log);
    const last = server.lastLines.at(-1) ?? 'it said nothing';
    throw new EmbeddedPostgresError(
      'postgres-start-timeout',
      `PostgreSQL in ${command.dataDir} was not ready in time: ${last}`,
      { limit: `${START_DEADLINE_MS} ms` },
    );
  }
  return explain(server.lastLines.join('\n'), command);
}

/** Makes one line of what PostgreSQL said before it ended. */
function explain(said: string, { dataDir, port }: ServerCommand): Outcome {
  const running = /Is another (?:postmaster|postgres) \(PID (\d+)\) running/.exec(said)?.[1];
  if (running !== undefined || said.includes('pre-existing shared memory block')) {
    const who =
      running === undefined
        ? 'processes of an earlier server'
        : `a PostgreSQL with pid ${running}, left by an earlier run,`;
    const remedy =
      running === undefined ? 'wait until they have ended' : `end it with kill -INT ${running}, then start again`;
    return {
      retry: 'in-use',
      error: new EmbeddedPostgresError(
        'data-directory-in-use',
        `${who} still use${running === undefined ? '' : 's'} ${dataDir}`,
        { remedy },
      ),
    };
  }
  if (/Address already in use|could not create any TCP\/IP sockets/.test(said)) {
    return {
      retry: 'port',
      error: new EmbeddedPostgresError('port-in-use', `port ${port} of 127.0.0.1 is taken`, {
        remedy: 'choose another port',
      }),
    };
  }
  if (said.includes('No space left on device')) throw diskFull(dataDir);
  const reason = /(?:FATAL|PANIC): .*/.exec(said)?.[0] ?? said.split('\n').at(-1) ?? '';
  throw new EmbeddedPostgresError('postgres-failed', `PostgreSQL in ${dataDir} ended while it was starting: ${reason}`);
}

function handle(server: ServerProcess, port: number, password: string, log: (line: string) => void): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    pid: server.pid,
    exited: server.exited,
    stop: () => (stopping ??= shutDown(server, log)),
  };
}

async function shutDown(server: ServerProcess, log: (line: string) => void): Promise<void> {
  server.signal('SIGINT');
  if (await endsWithin(server, FAST_SHUTDOWN_MS)) return;
  log(`PostgreSQL ${server.pid} has not ended ${FAST_SHUTDOWN_MS} ms after a fast shutdown: now an immediate one`);
  server.signal('SIGQUIT');
  if (await endsWithin(server, IMMEDIATE_SHUTDOWN_MS)) return;
  server.signal('SIGKILL');
  await server.exited;
}

async function endsWithin(server: ServerProcess, deadlineMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), deadlineMs);
  });
  const ended = await Promise.race([server.exited.then(() => true as const), late]);
  clearTimeout(timer);
  return ended;
}
