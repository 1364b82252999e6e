import type { Logger } from 'pino';
import type { Service } from './create-service.js';

/** One keystroke may arrive twice: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 500;

/**
 * SIGTERM and SIGINT end the service in order, a second one ends it at once. With `MUSTER_SUPERVISED=stdin` the end of
 * standard input does the same as SIGTERM: the supervisor holds the other end of the pipe, so that even its kill -9
 * leaves no orphan.
 */
export function endOnSignals(service: Service): void {
  let firstAt: number | undefined;
  const end = (why: string): void => {
    if (firstAt === undefined) {
      firstAt = Date.now();
      void endInOrder(service, why);
    } else if (Date.now() - firstAt > SAME_SIGNAL_MS) {
      service.kit.logger.warn(`${why} again: ends at once`);
      process.exit(1);
    }
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  if (process.env.MUSTER_SUPERVISED !== 'stdin') return;
  const orphaned = (): void => {
    if (firstAt === undefined) end('the supervisor is gone');
  };
  process.stdin.on('end', orphaned).on('close', orphaned).on('error', orphaned).resume();
}

async function endInOrder(service: Service, why: string): Promise<void> {
  const { logger, config } = service.kit;
  logger.info(`${why}: ends`);
  // Closers have deadlines of their own; this one is for what nobody thought of.
  setTimeout(
    () => {
      logger.fatal('did not end in time');
      process.exit(1);
    },
    config.MUSTER_SHUTDOWN_TIMEOUT * 2 + 30_000,
  ).unref();
  const failed = await service.close();
  logger.info(failed.length === 0 ? 'ended' : `ended; not cleanly: ${failed.join(', ')}`);
  process.exit(0);
}

/** An error that nobody caught leaves the process in a state that nobody knows: it says so and ends. */
export function endOnFaults(logger: Logger): void {
  const fatal = (what: string) => (error: unknown) => {
    try {
      logger.fatal({ err: error }, `${what}: ${String(error)}`);
    } finally {
      process.exit(1);
    }
  };
  process.on('uncaughtException', fatal('uncaught exception'));
  process.on('unhandledRejection', fatal('unhandled rejection'));
}
