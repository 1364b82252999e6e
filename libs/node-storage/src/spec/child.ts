import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { waitFor } from '@muster/testing';

/** A program beside the specs (`*.mjs`, over `dist`) as a process of its own; its lines are what it says. */
export class Child {
  readonly lines: string[] = [];
  readonly ended: Promise<{ code: number | null; signal: string | null }>;

  private constructor(readonly process: ChildProcess) {
    createInterface({ input: process.stdout! }).on('line', (line) => this.lines.push(line));
    this.ended = new Promise((resolve) => process.once('close', (code, signal) => resolve({ code, signal })));
  }

  static start(program: string, parameters: readonly string[], prefix: readonly string[] = []): Child {
    const file = fileURLToPath(new URL(program, import.meta.url));
    const [command = process.execPath, ...rest] = [...prefix, process.execPath, file, ...parameters];
    const child = new Child(spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] }));
    onTestFinished(() => void child.process.kill('SIGKILL'));
    return child;
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  async says(line: string): Promise<void> {
    await waitFor(() => this.lines.includes(line), {
      what: `a child to say ${line}; it said ${this.lines.join(', ')}`,
    });
  }

  tell(line: string): void {
    this.process.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
