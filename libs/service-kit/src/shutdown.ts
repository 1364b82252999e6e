import type { Logger } from 'pino';

export type Closer = () => Promise<void> | void;

interface RegisteredCloser {
  readonly name: string;
  readonly close: Closer;
  readonly deadlineMs: number;
}

/**
 * What a service ends in reverse order of registration when it stops. `signal` is aborted first: long polls, event
 * streams and loops end by it.
 */
export class Shutdown {
  private readonly aborter = new AbortController();
  private readonly closers: RegisteredCloser[] = [];

  constructor(private readonly logger: Logger) {}

  get signal(): AbortSignal {
    return this.aborter.signal;
  }

  register(name: string, close: Closer, deadlineMs = 10_000): void {
    this.closers.push({ name, close, deadlineMs });
  }

  /** Tells everybody that the service stops; nothing is closed yet. */
  begin(): void {
    this.aborter.abort(new Error('the service stops'));
  }

  /** Runs the closers, the latest first, each within its deadline. Returns the names of those that failed. */
  async closeAll(): Promise<string[]> {
    const failed: string[] = [];
    for (let closer = this.closers.pop(); closer !== undefined; closer = this.closers.pop()) {
      if (!(await this.closeOne(closer))) failed.push(closer.name);
    }
    return failed;
  }

  private async closeOne({ name, close, deadlineMs }: RegisteredCloser): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`did not end within ${deadlineMs} ms`)), deadlineMs);
    });
    try {
      await Promise.race([(async () => close())(), deadline]);
      return true;
    } catch (error) {
      this.logger.warn({ err: error, closer: name }, `${name} did not close cleanly`);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
