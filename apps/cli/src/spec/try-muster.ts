import { PassThrough, Readable, Writable } from 'node:stream';
import type { ExitCode } from '../exit-code.js';
import { run } from '../run.js';

export interface Tried {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TryOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly home?: string;
  /** Whether stdout, stderr and stdin are a terminal; what is typed there. */
  readonly terminal?: boolean;
  readonly typed?: string;
  readonly interrupt?: AbortSignal;
}

/** One call of muster, in this process. */
export async function tryMuster(args: readonly string[], options: TryOptions = {}): Promise<Tried> {
  const { environment = {}, directory = '/', home = '/nobody', terminal = false } = options;
  const stdout = new Collector(terminal);
  const stderr = new Collector(terminal);
  const stdin = options.typed === undefined ? Readable.from([]) : typing(options.typed);
  const exitCode = await run(args, {
    stdout,
    stderr,
    stdin: Object.assign(stdin, { isTTY: terminal }),
    environment,
    directory,
    home,
    interrupt: options.interrupt ?? new AbortController().signal,
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

class Collector extends Writable {
  text = '';
  readonly columns = 100;

  constructor(readonly isTTY: boolean) {
    super();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function typing(text: string): Readable {
  const stream = new PassThrough();
  stream.write(text);
  return stream;
}
