import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./relay-child.mjs', import.meta.url));

export interface RelayChildOptions {
  readonly url: string;
  readonly brokers: readonly string[];
  readonly prefix: string;
  readonly cluster: string;
  readonly tuning: Readonly<Record<string, number>>;
}

/** A relay in a process of its own, which can be killed and paused. */
export class RelayChild {
  readonly said: string[] = [];
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;

  constructor(options: RelayChildOptions) {
    this.child = spawn(process.execPath, [SCRIPT, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.exited = once(this.child, 'exit');
    if (this.child.stdout) createInterface({ input: this.child.stdout }).on('line', (line) => this.said.push(line));
  }

  get leads(): boolean {
    return this.said.findLast((line) => !line.startsWith('error')) === 'leads' && this.child.exitCode === null;
  }

  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** SIGKILL, which ends a paused process too. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
