import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ClusterDescription } from '../directory/cluster-file.js';
import { RotatingFile } from '../directory/rotating-file.js';
import { urlOf, type ServiceSpec } from '../layout.js';
import { waitUntilReady } from '../readiness.js';
import { ServiceOutput } from './service-output.js';
import { SupervisedProcess, type ProcessExit } from './supervised-process.js';

export interface ClusterServiceOptions {
  readonly program: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly logs: string;
  readonly say: (line: string) => void;
  /** Its process is another one now. */
  readonly changed: () => void;
}

/** So many ends before it was ever ready mean that it will not become so. */
const HOPELESS_RESTARTS = 3;

/** One service of the cluster: its process, its log, its readiness. */
export class ClusterService {
  private readonly log: RotatingFile;
  private readonly output: ServiceOutput;
  private readonly process: SupervisedProcess;
  private readonly hopeless = new AbortController();
  private lastExit: string | undefined;

  constructor(
    readonly spec: ServiceSpec,
    private readonly options: ClusterServiceOptions,
  ) {
    const { program, environment, logs, say, changed } = options;
    this.log = new RotatingFile(path.join(logs, `${spec.label}.log`));
    this.output = new ServiceOutput(spec.label, this.log, say);
    const args = [program, ...(spec.node === undefined ? [] : [spec.node])];
    this.process = new SupervisedProcess(
      { file: process.execPath, args, environment, directory: process.cwd() },
      {
        line: (line, stream) => this.output.take(line, stream),
        started: changed,
        died: (exit, restarts) => this.died(exit, restarts),
      },
    );
  }

  get label(): string {
    return this.spec.label;
  }

  async start(): Promise<void> {
    if (this.spec.storage !== undefined) await mkdir(this.spec.storage, { recursive: true });
    this.process.start();
  }

  /** Undefined when it is ready; else why it is not. */
  async waitUntilReady(deadline: number, signal: AbortSignal): Promise<string | undefined> {
    const reason = await waitUntilReady(urlOf(this.spec), deadline, AbortSignal.any([signal, this.hopeless.signal]));
    if (reason === undefined || this.lastExit === undefined) return reason;
    const last = this.output.lastLoud;
    return `it ended by ${this.lastExit}, ${this.process.restarts} times${last === undefined ? '' : `; it said: ${last}`}`;
  }

  describe(): ClusterDescription['services'][number] {
    const { service, node, storage } = this.spec;
    const { pid } = this.process;
    return {
      service,
      ...(node === undefined ? {} : { node }),
      url: urlOf(this.spec),
      ...(pid === undefined ? {} : { pid }),
      ...(storage === undefined ? {} : { storage }),
      log: this.log.path,
    };
  }

  async stop(deadlineMs: number): Promise<boolean> {
    const ended = await this.process.stop(deadlineMs);
    this.log.close();
    return ended;
  }

  kill(): void {
    this.process.kill();
  }

  private died({ code, signal }: ProcessExit, restarts: number): void {
    this.lastExit = signal ?? `exit code ${code}`;
    this.options.say(`${this.label} ended by ${this.lastExit}; it is started again (restart ${restarts})`);
    if (restarts >= HOPELESS_RESTARTS) this.hopeless.abort();
  }
}
