import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { NodeReport, NodeView, ReportedExtension } from '@muster/contracts';
import { waitFor } from '@muster/testing';

const MAIN = path.resolve(import.meta.dirname, '../../dist/main.js');

/** Generous: a machine that builds at the same time starts a process in many seconds. */
const DEADLINE_MS = 60_000;

/** A real agent process. It ends with the process that tries it, however that one ends. */
export class TrialAgent {
  output = '';
  readonly ended: Promise<number | null>;

  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  static async spawn(environment: Readonly<Record<string, string>>): Promise<TrialAgent> {
    const port = await freePort();
    const env = { ...process.env, MUSTER_PORT: String(port), MUSTER_SUPERVISED: 'stdin', ...environment };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    return new TrialAgent(`http://127.0.0.1:${port}`, child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async get<T>(route: string): Promise<T> {
    return (await (await fetch(`${this.url}${route}`)).json()) as T;
  }

  node(): Promise<NodeView> {
    return this.get<NodeView>('/node');
  }

  async ready(): Promise<void> {
    await waitFor(async () => (await fetch(`${this.url}/health/ready`)).ok, {
      deadlineMs: DEADLINE_MS,
      what: `a ready agent; it said:\n${this.output}`,
    }).catch((error: unknown) => {
      throw new Error(`the agent never became ready; it said:\n${this.output}`, { cause: error });
    });
  }

  /** Until `GET /node` is as asked. */
  async until(what: string, condition: (node: NodeView) => boolean, deadlineMs = DEADLINE_MS): Promise<NodeView> {
    let last: NodeView | undefined;
    try {
      return await waitFor(
        async () => {
          last = await this.node();
          return condition(last) ? last : undefined;
        },
        { deadlineMs, what },
      );
    } catch (error) {
      throw new Error(`${String(error)}; the node says ${JSON.stringify(last)}; it said:\n${this.output}`, {
        cause: error,
      });
    }
  }

  /** SIGTERM; the exit code. */
  stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended;
  }

  kill(): Promise<number | null> {
    this.child.kill('SIGKILL');
    return this.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

export function extensionOf(report: NodeReport, name: string): ReportedExtension | undefined {
  return report.extensions.find((extension) => extension.name === name);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
