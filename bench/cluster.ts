import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Convergence, ImportResult } from '@muster/contracts';

const PROGRAM = fileURLToPath(import.meta.resolve('@muster/local-cluster/main'));
const READY_DEADLINE_MS = 120_000;
const END_DEADLINE_MS = 60_000;

interface Description {
  readonly databaseUrl: string;
  readonly importUrl: string;
  readonly statusUrl: string;
  readonly services: readonly {
    readonly service: string;
    readonly node?: string;
    readonly url: string;
    readonly pid: number;
  }[];
}

/** A cluster as `npm start` runs it: real processes on a directory, and by default a database, of their own. */
export class BenchCluster {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    readonly description: Description,
  ) {}

  static async start(directory: string, nodes: number): Promise<BenchCluster> {
    const args = [
      '--nodes',
      String(nodes),
      '--data-dir',
      directory,
      '--port-base',
      String(await freePorts(nodes + 10)),
    ];
    const child = spawn(process.execPath, [PROGRAM, ...args, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, MUSTER_LOG_LEVEL: 'warn' },
    });
    const cluster = new BenchCluster(child, directory, await describe(child));
    await cluster.converged();
    return cluster;
  }

  get databaseUrl(): string {
    return this.description.databaseUrl;
  }

  extensionsOf(node: string): string {
    return path.join(this.directory, 'nodes', node, 'ThingworxStorage', 'extensions');
  }

  pidOf(service: string, node: string): number {
    const found = this.description.services.find((entry) => entry.service === service && entry.node === node);
    if (found === undefined) throw new Error(`the cluster has no ${service} of ${node}`);
    return found.pid;
  }

  /** Uploads as curl does; resolves with the answer, and with the ms of each step as the service tells them. */
  async import(file: string, query = ''): Promise<ImportResult & { readonly stepsMs: ReadonlyMap<string, number> }> {
    const { status, body, timing } = await upload(`${this.description.importUrl}/imports${query}`, file);
    if (status !== 201) throw new Error(`the import was answered ${status}: ${body}`);
    const steps = [...timing.matchAll(/([\w-]+);dur=([\d.]+)/g)].map(([, step, ms]): [string, number] => [
      step ?? '',
      Number(ms),
    ]);
    return { ...(JSON.parse(body) as ImportResult), stepsMs: new Map(steps) };
  }

  /** The mean ms of each stage of an agent's work so far, as its metrics tell them. */
  async stagesMs(node: string): Promise<ReadonlyMap<string, number>> {
    const url = this.description.services.find((entry) => entry.service === 'sync-agent' && entry.node === node)?.url;
    const text = await (await fetch(`${url}/metrics`)).text();
    const read = (kind: string) =>
      new Map(
        [...text.matchAll(new RegExp(`^muster_stage_seconds_${kind}\\{.*stage="([^"]+)".*\\} (\\S+)$`, 'gm'))].map(
          ([, stage, value]): [string, number] => [stage ?? '', Number(value)],
        ),
      );
    const counts = read('count');
    return new Map(
      [...read('sum')].map(([stage, seconds]) => [stage, (1000 * seconds) / Math.max(1, counts.get(stage) ?? 1)]),
    );
  }

  /** Waits until every node has proven the revision, or the head. */
  async converged(revision?: number): Promise<void> {
    const asked = revision === undefined ? '' : `revision=${revision}&`;
    const answer = await fetch(`${this.description.statusUrl}/convergence?${asked}wait=5m`);
    const { state, reason } = (await answer.json()) as Convergence;
    if (state !== 'converged') throw new Error(`the cluster is ${state}: ${reason ?? 'no reason given'}`);
  }

  async end(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    if (this.child.exitCode !== null) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), END_DEADLINE_MS);
    await ended;
    clearTimeout(timer);
  }
}

function describe(child: ChildProcess): Promise<Description> {
  return new Promise((resolve, reject) => {
    let output = '';
    let said = '';
    const fail = (why: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`the cluster ${why}:\n${said.trim()}`));
    };
    const timer = setTimeout(() => fail(`was not ready within ${READY_DEADLINE_MS} ms`), READY_DEADLINE_MS);
    child.once('exit', (code) => fail(`ended with ${code} before it was ready`));
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const [line, rest] = output.split('\n', 2);
      if (line === undefined || rest === undefined) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve(JSON.parse(line) as Description);
    });
  });
}

export interface UploadAnswer {
  readonly status: number;
  readonly body: string;
  /** The header `Server-Timing`. */
  readonly timing: string;
}

/** POSTs a file as a stream of known length. */
export async function upload(url: string, file: string): Promise<UploadAnswer> {
  const { size } = await stat(file);
  const headers = { 'content-type': 'application/zip', 'content-length': size };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      const timing = String(answer.headers['server-timing'] ?? '');
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body, timing }));
      answer.once('error', reject);
    });
    outgoing.once('error', reject);
    createReadStream(file, { highWaterMark: 256 * 1024 })
      .once('error', reject)
      .pipe(outgoing);
  });
}

/** The first of so many consecutive ports that are free now, below those that the system gives out by itself. */
async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const base = 12_000 + Math.floor(Math.random() * 200) * 40;
    const ports = Array.from({ length: count }, (_, index) => base + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
  throw new Error(`no ${count} free ports in a row between 12000 and 20000`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
