import { createDatabase, describeOnKafka, localKafkaForTests, temporaryDirectory, waitFor } from '@muster/testing';
import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { Client } from 'pg';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ClusterDescription } from './directory/cluster-file.js';

const root = path.resolve(import.meta.dirname, '../../..');
const moduleOf = (file: string): string => JSON.stringify(pathToFileURL(path.join(root, file)).href);

/** A small service in place of the real ones: it can be told to fail. It ends as service-kit's services do. */
const STAND_IN = `
import { createServer } from 'node:http';
const label = [process.argv[1].split('/').at(-3), ...process.argv.slice(2)].join('-');
const { STAND_IN_FAILS, STAND_IN_UNREADY, STAND_IN_WARNS, STAND_IN_STUCK, MUSTER_PORT, MUSTER_SUPERVISED } = process.env;
if (STAND_IN_FAILS === label) throw new Error('no luck today');
if (STAND_IN_WARNS === label) console.log(JSON.stringify({ level: 'warn', msg: 'the milk is sour' }));
const server = createServer((request, response) => {
  response.writeHead(STAND_IN_UNREADY === label ? 503 : 200).end(JSON.stringify({ detail: 'database: no schema' }));
});
server.listen(Number(MUSTER_PORT), '127.0.0.1', () => console.log(JSON.stringify({ level: 'info', msg: label + ' listens' })));
const end = () => STAND_IN_STUCK !== label && process.exit(0);
process.on('SIGTERM', end);
if (MUSTER_SUPERVISED === 'stdin') process.stdin.on('end', end).resume();
`;
const DRIVER = (services: string): string => `
import { runCluster } from ${moduleOf('apps/local-cluster/dist/run-cluster.js')};
await runCluster(process.argv.slice(2), {
  environment: process.env,
  leftoverPatienceMs: Number(process.env.PATIENCE_MS ?? 10000),
  stopDeadlineMs: Number(process.env.STOP_DEADLINE_MS ?? 1000),
  readyDeadlineMs: Number(process.env.READY_DEADLINE_MS ?? 30000),
  programOf: (service) => ${JSON.stringify(services)} + '/' + service + '/dist/main.mjs',
});
`;

let driver: string;
let portBase = 0;

beforeAll(async () => {
  const services = await temporaryDirectory('stand-ins');
  for (const service of ['import-service', 'sync-agent', 'status-service']) {
    await mkdir(path.join(services, service, 'dist'), { recursive: true });
    await writeFile(path.join(services, service, 'dist', 'main.mjs'), STAND_IN);
  }
  driver = path.join(services, 'cluster.mjs');
  await writeFile(driver, DRIVER(services));
  portBase = await freeBlock();
});

interface Run {
  readonly pid: number;
  output: string;
  errors: string;
  readonly ended: Promise<number | string | null>;
  readonly dataDir: string;
}

interface RunOptions {
  readonly environment?: Record<string, string>;
  readonly args?: readonly string[];
}

function run(dataDir: string, { environment = {}, args = [] }: RunOptions = {}): Run {
  const all = [driver, '--nodes', '2', '--port-base', String(portBase), '--data-dir', dataDir, ...args];
  const { DATABASE_URL: _, KAFKA_BROKERS: __, ...inherited } = process.env;
  const child = spawn(process.execPath, all, {
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<number | string | null>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? code)),
  );
  const state: Run = { pid: child.pid ?? 0, output: '', errors: '', ended, dataDir };
  child.stdout.on('data', (chunk: Buffer) => (state.output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (state.errors += chunk.toString()));
  return state;
}

async function running(dataDir: string, options: RunOptions = {}): Promise<Run> {
  const state = run(dataDir, options);
  let over = false;
  void state.ended.then(() => (over = true));
  await waitFor(() => over || /\/convergence|"statusUrl"/.test(state.output), {
    deadlineMs: 90_000,
    what: 'a ready cluster',
  });
  if (over) throw new Error(`the cluster ended: ${state.output}${state.errors}`);
  return state;
}

async function description(dataDir: string): Promise<ClusterDescription> {
  return JSON.parse(await readFile(path.join(dataDir, 'cluster.json'), 'utf8')) as ClusterDescription;
}

/** Processes of the cluster in this directory, the supervisor not among them. */
async function processesOf(dataDir: string): Promise<{ pid: number; command: string }[]> {
  const found: { pid: number; command: string }[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').join(' ').trim();
    const mine =
      environment.includes(`MUSTER_LOCAL_CLUSTER=${dataDir}\0`) ||
      command.includes(`-D ${dataDir}/`) ||
      command.includes(`${dataDir}/kafka`);
    if (mine && command !== '') found.push({ pid: Number(pid), command });
  }
  return found;
}

/** Ports that nobody else here takes: base, base + 1 and from base + 10. */
async function freeBlock(): Promise<number> {
  for (let base = 33_000 + (process.pid % 200) * 20; base < 60_000; base += 20) {
    const free = await Promise.all([0, 1, 2, 10, 11].map((offset) => canListen(base + offset)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no free ports');
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

describe('a local cluster with a database of its own', () => {
  it('says where everything is, restarts what dies, and ends all of it in order', async () => {
    const dataDir = await temporaryDirectory('cluster');
    const { url } = await createDatabase();
    const state = await running(dataDir, { environment: { DATABASE_URL: url, STAND_IN_WARNS: 'sync-agent-node-2' } });
    for (const text of [
      `:${portBase}/imports`,
      `:${portBase + 1}/convergence`,
      'DELETE',
      `127.0.0.1:${portBase + 11}`,
    ]) {
      expect(state.output).toContain(text);
    }
    await waitFor(() => state.output.includes('sync-agent-node-2 | warn: the milk is sour'), { what: 'the warning' });
    expect((await stat(path.join(dataDir, 'cluster.json'))).mode & 0o777).toBe(0o600);
    const commands = (await processesOf(dataDir)).map(({ command }) => command.split('/').slice(-3).join('/')).sort();
    expect(commands).toEqual([
      'import-service/dist/main.mjs node-1',
      'status-service/dist/main.mjs',
      'sync-agent/dist/main.mjs node-1',
      'sync-agent/dist/main.mjs node-2',
    ]);

    const before = (await description(dataDir)).services.find(
      ({ service, node }) => service === 'sync-agent' && node === 'node-2',
    );
    process.kill(before?.pid ?? 0, 'SIGKILL');
    await waitFor(() => state.output.includes('sync-agent-node-2 ended by SIGKILL; it is started again (restart 1)'), {
      what: 'the line',
    });
    await waitFor(async () => (await fetch(`${before?.url}/health/ready`)).ok, { what: 'the agent again' });
    const after = (await description(dataDir)).services.find(
      ({ node, service }) => service === 'sync-agent' && node === 'node-2',
    );
    expect(after?.pid).not.toBe(before?.pid);
    expect(await readFile(after?.log ?? '', 'utf8')).toContain('listens');

    process.kill(state.pid, 'SIGTERM');
    expect(await state.ended).toBe(0);
    expect(await processesOf(dataDir)).toEqual([]);
    expect(state.errors).toBe('');
    await expect(stat(path.join(dataDir, 'cluster.json'))).rejects.toThrow('ENOENT');
  });

  it('leaves no orphan when it is killed, and starts again on the same data at once', async () => {
    const dataDir = await temporaryDirectory('cluster');
    const { url } = await createDatabase();
    const state = await running(dataDir, { environment: { DATABASE_URL: url } });
    expect(await processesOf(dataDir)).toHaveLength(4);
    process.kill(state.pid, 'SIGKILL');
    const again = await running(dataDir, { environment: { DATABASE_URL: url }, args: ['--json'] });
    expect(JSON.parse(again.output)).toEqual(await description(dataDir));
    const pids = new Set((await description(dataDir)).services.map(({ pid }) => pid));
    expect((await processesOf(dataDir)).filter(({ pid }) => !pids.has(pid))).toEqual([]);
    process.kill(again.pid, 'SIGKILL');
    await waitFor(async () => (await processesOf(dataDir)).length === 0, { what: 'no orphan' });
  });

  it('says in one line what stands in the way', async () => {
    const { url } = await createDatabase();
    const environment = { DATABASE_URL: url };
    const dataDir = await temporaryDirectory('cluster');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(portBase + 11, '127.0.0.1', resolve));
    const blocked = run(dataDir, { environment });
    expect(await blocked.ended).toBe(1);
    expect(blocked.errors).toMatch(
      new RegExp(
        `^port ${portBase + 11}, which sync-agent-node-2 needs, is taken by pid ${process.pid} [^\\n]*--port-base\\n$`,
      ),
    );
    await new Promise((resolve) => server.close(resolve));

    const first = await running(dataDir, { environment });
    const second = run(dataDir, { environment });
    expect(await second.ended).toBe(1);
    expect(second.errors).toMatch(
      new RegExp(`^${dataDir} is in use by another local cluster \\(pid ${first.pid}\\)[^\\n]*\\n$`),
    );
    process.kill(first.pid, 'SIGINT');
    process.kill(first.pid, 'SIGINT');
    expect(await first.ended).toBe(0);

    const file = path.join(dataDir, 'a-file');
    await writeFile(file, '');
    const unusable = run(path.join(file, 'below'), { environment });
    expect([await unusable.ended, unusable.errors.split('\n').length]).toEqual([1, 2]);
    expect(await run(dataDir, { args: ['--nodes', 'many'] }).ended).toBe(2);
    const away = run(dataDir, { environment: { DATABASE_URL: 'postgres://u:p@127.0.0.1:1/none' } });
    expect(await away.ended).toBe(1);
    expect(away.errors).toMatch(/^[^\n]*ECONNREFUSED[^\n]*\n$/);
  });

  it('ends what hangs of an earlier run before it starts', async () => {
    const { url } = await createDatabase();
    const dataDir = await temporaryDirectory('cluster');
    const environment = { DATABASE_URL: url, STAND_IN_STUCK: 'sync-agent-node-1' };
    const first = await running(dataDir, { environment });
    const stuck = (await description(dataDir)).services.find(
      ({ service, node }) => service === 'sync-agent' && node === 'node-1',
    );
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    await waitFor(async () => (await processesOf(dataDir)).length === 1, { what: 'only the stuck one' });
    const second = await running(dataDir, { environment: { DATABASE_URL: url, PATIENCE_MS: '300' } });
    expect(second.output).toContain(
      `sync-agent (pid ${stuck?.pid}) of an earlier run has not ended in 300 ms; it is killed`,
    );
    process.kill(second.pid, 'SIGTERM');
    expect(await second.ended).toBe(0);
    expect(await processesOf(dataDir)).toEqual([]);
  });

  it('kills what does not end, and takes a second Ctrl-C at its word', async () => {
    const { url } = await createDatabase();
    const dataDir = await temporaryDirectory('cluster');
    const stuck = await running(dataDir, { environment: { DATABASE_URL: url, STAND_IN_STUCK: 'sync-agent-node-1' } });
    process.kill(stuck.pid, 'SIGTERM');
    expect(await stuck.ended).toBe(0);
    expect(stuck.output).toContain('killed after 1000 ms: sync-agent-node-1');
    expect(await processesOf(dataDir)).toEqual([]);

    const environment = { DATABASE_URL: url, STAND_IN_STUCK: 'sync-agent-node-1', STOP_DEADLINE_MS: '60000' };
    const impatient = await running(dataDir, { environment });
    const again = setInterval(() => process.kill(impatient.pid, 'SIGINT'), 100);
    expect(await impatient.ended.finally(() => clearInterval(again))).toBe(1);
    await waitFor(async () => (await processesOf(dataDir)).length === 0, { what: 'no process' });
  });

  it('names the service that does not come up, with its reason, and ends the others', async () => {
    const { url } = await createDatabase();
    const dataDir = await temporaryDirectory('cluster');
    const failing = run(dataDir, { environment: { DATABASE_URL: url, STAND_IN_FAILS: 'sync-agent-node-1' } });
    expect(await failing.ended).toBe(1);
    expect(failing.errors).toMatch(
      /^not ready: sync-agent-node-1 \([^)]+\): it ended by exit code 1, 3 times; it said: [^\n]*\n$/,
    );
    expect(failing.output).toContain('no luck today');
    const environment = { DATABASE_URL: url, STAND_IN_UNREADY: 'status-service', READY_DEADLINE_MS: '3000' };
    const unready = run(dataDir, { environment });
    expect(await unready.ended).toBe(1);
    expect(unready.errors).toMatch(/^not ready: status-service \([^)]+\): database: no schema; [^\n]*\n$/);
    expect(await processesOf(dataDir)).toEqual([]);
  });
});

describe('a local cluster with the embedded database', () => {
  it('keeps its data, restarts PostgreSQL, and leaves nothing when it is killed', async () => {
    const dataDir = await temporaryDirectory('cluster');
    // As root the server runs as another user.
    await chmod(dataDir, 0o755);
    const first = await running(dataDir);
    const { databaseUrl } = await description(dataDir);
    expect(new URL(databaseUrl).pathname).toBe('/muster');
    await waitFor(async () => (await readFile(path.join(dataDir, 'logs', 'postgres.log'), 'utf8')).includes('ready'), {
      what: 'its log',
    });
    const postmaster = Number(
      (await readFile(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0],
    );
    process.kill(postmaster, 'SIGKILL');
    await waitFor(() => /PostgreSQL ended by SIGKILL; it is started again/.test(first.output), { what: 'the line' });
    await waitFor(
      async () => {
        const client = new Client({ connectionString: databaseUrl });
        client.on('error', () => undefined);
        await client.connect();
        const { rows } = await client.query<{ count: string }>('select count(*) from schema_migration');
        await client.end();
        return Number(rows[0]?.count) > 0;
      },
      { deadlineMs: 20_000, what: 'the database again' },
    );
    process.kill(first.pid, 'SIGKILL');
    const second = await running(dataDir);
    process.kill(second.pid, 'SIGINT');
    expect(await second.ended).toBe(0);
    await waitFor(async () => (await processesOf(dataDir)).length === 0, { what: 'no orphan' });
  });
});

await describeOnKafka('a local cluster on a Kafka of its own', await localKafkaForTests(), () => {
  it('keeps its data, restarts the broker, tells the services of it, and leaves nothing when it is killed', async () => {
    const dataDir = await temporaryDirectory('cluster');
    const { url } = await createDatabase();
    const options = { environment: { DATABASE_URL: url }, args: ['--log', 'kafka'] };
    const first = await running(dataDir, options);
    const { kafkaBrokers = '', log, services } = await description(dataDir);
    expect(log).toBe('kafka');
    expect(first.output).toContain(`and Kafka on ${kafkaBrokers}\n`);
    for (const { pid } of services)
      expect(await readFile(`/proc/${pid}/environ`, 'utf8')).toContain(`\0KAFKA_BROKERS=${kafkaBrokers}\0`);

    process.kill(await brokerOf(dataDir), 'SIGKILL');
    await waitFor(() => first.output.includes('Kafka ended by SIGKILL; it is started again'), { what: 'the line' });
    const port = Number(kafkaBrokers.split(':')[1]);
    await waitFor(async () => !(await canListen(port)), { deadlineMs: 60_000, what: 'the broker on its port again' });

    process.kill(first.pid, 'SIGKILL');
    const second = await running(dataDir, options);
    await brokerOf(dataDir);
    process.kill(second.pid, 'SIGINT');
    expect(await second.ended).toBe(0);
    await waitFor(async () => (await processesOf(dataDir)).length === 0, { what: 'no orphan' });
  }, 240_000);

  it('uses the brokers of KAFKA_BROKERS and starts none', async () => {
    const dataDir = await temporaryDirectory('cluster');
    const { url } = await createDatabase();
    await running(dataDir, { environment: { DATABASE_URL: url, KAFKA_BROKERS: 'kafka.invalid:9092' } });
    expect(await description(dataDir)).toMatchObject({ log: 'kafka', kafkaBrokers: 'kafka.invalid:9092' });
    await expect(stat(path.join(dataDir, 'kafka'))).rejects.toThrow('ENOENT');
  });
});

function brokerOf(dataDir: string): Promise<number> {
  return waitFor(
    async () => (await processesOf(dataDir)).find(({ command }) => command.includes('kafka.Kafka '))?.pid,
    { what: 'a broker' },
  );
}
