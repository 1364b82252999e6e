import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Convergence, ImportResult, NodeDetail, NodeView, Problem } from '@muster/contracts';
import { describe } from 'vitest';
import {
  createDatabase,
  kafkaForTests,
  kafkaTopicPrefix,
  temporaryDirectory,
  waitFor,
  type KafkaForTests,
} from '@muster/testing';

const root = path.resolve(import.meta.dirname, '..');

export type Log = 'postgres' | 'kafka';

const LANES = 4;

const isLong = Number(process.env['MUSTER_TEST_SCALE'] ?? '1') > 1;

const chosen = process.env['MUSTER_TEST_LOG'];
if (chosen && chosen !== 'postgres' && chosen !== 'kafka')
  throw new Error(`MUSTER_TEST_LOG=${chosen}: it is postgres or kafka; without it the tests run on both`);

const kafka: KafkaForTests =
  chosen === 'postgres' ? { skipped: 'MUSTER_TEST_LOG=postgres leaves Kafka out' } : await kafkaForTests();

/** `describe` once for each log; where there is no Kafka its tests are reported as skipped, with the reason. */
export function describeOnEachLog(name: string, body: (log: Log) => void): void {
  if (chosen !== 'kafka') describe(`${name}, log in PostgreSQL`, () => body('postgres'));
  if ('brokers' in kafka) describe(`${name}, log in Kafka`, () => body('kafka'));
  else describe.skip(`${name}, log in Kafka (${kafka.skipped})`, () => body('kafka'));
}

/** For what the log has hardly a part in: `describe` once, unless the long form is wanted. */
export function describeOnOneLog(name: string, body: (log: Log) => void): void {
  if (isLong || chosen === 'kafka') describeOnEachLog(name, body);
  else describe(`${name}, log in PostgreSQL`, () => body('postgres'));
}

/** A count for this log: the second log of a run gets fewer, unless the long form is wanted. */
export function countOn(log: Log, count: number, countOfSecond: number): number {
  const isSecond = log === 'kafka' && !chosen;
  return isSecond && !isLong ? countOfSecond : count;
}

export interface ClusterOptions {
  /** Default `postgres`. */
  readonly log?: Log;
  readonly nodes?: number;
  readonly origins?: number;
  /** `COMMAND` or `NODE=COMMAND`, as `--deploy-hook` takes them. */
  readonly hooks?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A database of an earlier cluster, to start on again. */
  readonly databaseUrl?: string;
  readonly directory?: string;
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

/** A whole cluster as `npm start` runs it, in a directory and a database of its own. */
export class Cluster {
  output = '';
  private child: ChildProcess | undefined;
  private exited: Promise<number | null> = Promise.resolve(null);
  /** What a service beside the cluster needs to read and write the same log. */
  readonly logEnvironment: Readonly<Record<string, string>>;

  private constructor(
    readonly directory: string,
    readonly databaseUrl: string,
    readonly portBase: number,
    private readonly options: ClusterOptions,
  ) {
    this.logEnvironment = logEnvironment(options);
  }

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const directory = options.directory ?? (await temporaryDirectory('cluster'));
    const databaseUrl = options.databaseUrl ?? (await createDatabase()).url;
    const cluster = new Cluster(directory, databaseUrl, await freePortBlock(), options);
    await cluster.up();
    return cluster;
  }

  get nodeIds(): string[] {
    return Array.from({ length: this.options.nodes ?? 3 }, (_, index) => `node-${index + 1}`);
  }

  /** Address of import-service `origin` (1 …). */
  importUrl(origin = 1): string {
    return `http://127.0.0.1:${this.portBase + (origin === 1 ? 0 : origin)}`;
  }

  get statusUrl(): string {
    return `http://127.0.0.1:${this.portBase + 1}`;
  }

  agentUrl(node: string): string {
    return `http://127.0.0.1:${this.portBase + 9 + Number(node.slice('node-'.length))}`;
  }

  storage(node: string): string {
    return path.join(this.directory, 'nodes', node, 'ThingworxStorage');
  }

  extension(node: string, name: string): string {
    return path.join(this.storage(node), 'extensions', name);
  }

  /** Starts the processes; resolves when the cluster says that it is ready, or, with `ready: false`, when every service answers. */
  async up({ ready: untilReady = true }: { readonly ready?: boolean } = {}): Promise<void> {
    const { nodes = 3, origins = 1, log = 'postgres' } = this.options;
    const args = ['--nodes', String(nodes), '--origins', String(origins), '--log', log];
    args.push('--data-dir', this.directory, '--port-base', String(this.portBase));
    for (const hook of this.options.hooks ?? []) args.push('--deploy-hook', hook);
    const child = spawn(process.execPath, [path.join(root, 'apps/local-cluster/dist/main.js'), ...args], {
      cwd: root,
      env: { ...process.env, DATABASE_URL: this.databaseUrl, ...this.logEnvironment, ...this.options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.exited = new Promise((resolve) => child.once('exit', resolve));
    const collect = (chunk: Buffer) => (this.output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const before = this.output.length;
    const isUp = async (): Promise<boolean> =>
      untilReady
        ? this.output.slice(before).includes('/convergence') && (await this.isReady())
        : (await this.answers()).every((status) => status !== undefined);
    const ready = waitFor(isUp, {
      deadlineMs: 90_000,
      what: () => `a ready cluster; it printed:\n${this.output}`,
    });
    const ended = this.exited.then(() => {
      throw new Error(`the cluster ended before it was ready:\n${this.output}`);
    });
    await Promise.race([ready, ended]);
  }

  /** Whether every service answers that it is ready. */
  async isReady(): Promise<boolean> {
    return (await this.answers()).every((status) => status === 200);
  }

  /** What each service answers when asked whether it is ready; undefined where it does not answer. */
  private answers(): Promise<(number | undefined)[]> {
    const urls = [this.importUrl(), this.statusUrl, ...this.nodeIds.map((node) => this.agentUrl(node))];
    return Promise.all(
      urls.map((url) =>
        fetch(`${url}/health/ready`).then(
          (answer) => answer.status,
          () => undefined,
        ),
      ),
    );
  }

  /** Ctrl-C; resolves with the exit code when everything has ended. */
  async down(): Promise<number | null> {
    this.child?.kill('SIGTERM');
    return this.exited;
  }

  async import(
    zip: Buffer | Uint8Array,
    { origin = 1, query = '', headers = {} }: ImportOptions = {},
  ): Promise<Answer<ImportResult & Problem>> {
    return request(`${this.importUrl(origin)}/imports${query}`, {
      method: 'POST',
      body: new Uint8Array(zip),
      headers: { 'content-type': 'application/zip', ...headers },
    });
  }

  async importFile(file: string): Promise<Answer<ImportResult & Problem>> {
    return this.import(await readFile(file));
  }

  async remove(name: string, origin = 1): Promise<Answer<ImportResult & Problem>> {
    return request(`${this.importUrl(origin)}/extensions/${encodeURIComponent(name)}`, { method: 'DELETE' });
  }

  /** `GET /convergence`, for a revision or for the whole cluster. */
  async convergence(revision?: number, wait = '30s'): Promise<Convergence> {
    const query = new URLSearchParams({ wait, ...(revision === undefined ? {} : { revision: String(revision) }) });
    return (await request<Convergence>(`${this.statusUrl}/convergence?${query}`)).body;
  }

  async node(id: string): Promise<NodeView> {
    return (await request<NodeView>(`${this.agentUrl(id)}/node`)).body;
  }

  async status(id: string): Promise<NodeDetail> {
    return (await request<NodeDetail>(`${this.statusUrl}/nodes/${id}`)).body;
  }

  /** Ids of the processes whose command line holds all the words. */
  async pids(...words: string[]): Promise<number[]> {
    const found: number[] = [];
    for (const entry of await readdir('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
      const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '');
      if (words.every((word) => line.includes(word)) && environment.includes(this.directory)) found.push(Number(entry));
    }
    return found;
  }

  /** kill -9 of a service of this cluster, by its name (and, for an agent, its node). */
  async kill(...words: string[]): Promise<void> {
    for (const pid of await this.pids(...words)) process.kill(pid, 'SIGKILL');
  }
}

/** The run's broker, with topics of one's own, unless the test brings a broker. */
function logEnvironment({ log, env }: ClusterOptions): Readonly<Record<string, string>> {
  if (log !== 'kafka') return {};
  if (env?.['KAFKA_BROKERS']) return { KAFKA_BROKERS: env['KAFKA_BROKERS'] };
  if ('skipped' in kafka) throw new Error(kafka.skipped);
  return { KAFKA_BROKERS: kafka.brokers, KAFKA_TOPIC_PREFIX: kafkaTopicPrefix() };
}

interface ImportOptions {
  readonly origin?: number;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function request<T>(url: string, init: RequestInit = {}): Promise<Answer<T>> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  const body = (answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text) as T;
  return { status: answer.status, body, headers: answer.headers };
}

/**
 * The first of 40 consecutive ports that are free now. Test files that run at once choose from lanes of their own: between
 * the look and the start another could take what was free.
 */
async function freePortBlock(): Promise<number> {
  const lane = Number(process.env['VITEST_POOL_ID'] ?? '0') % LANES;
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const base = 20_000 + (Math.floor(Math.random() * 75) * LANES + lane) * 40;
    const ports = Array.from({ length: 24 }, (_, index) => base + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
  throw new Error('no free block of ports between 20000 and 32000');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
