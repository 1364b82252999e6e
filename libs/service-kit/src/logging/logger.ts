import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import { currentWork } from './request-context.js';

export interface LoggerOptions {
  readonly name: string;
  readonly level?: string;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

const SECRET_FIELDS = ['authorization', 'cookie', 'password', 'token', 'secret', 'appkey', 'appKey'];
const SECRET_SETTINGS = ['DATABASE_URL', 'MUSTER_OWNER_DATABASE_URL', 'MUSTER_APP_KEYS'];
const SECRETS = [...SECRET_FIELDS, ...SECRET_SETTINGS];

/** JSON lines with time, level, service and, within a request or a trace, its ids. Secrets by well-known names are left out. */
export function createLogger({ name, level = 'info', destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { service: name, pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err },
      redact: { paths: SECRETS.flatMap((secret) => [secret, `*.${secret}`, `*.*.${secret}`]), censor: '[secret]' },
      mixin() {
        const work = currentWork();
        if (work === undefined) return {};
        const { requestId, traceId } = work;
        return requestId === undefined ? { traceId } : { requestId, traceId };
      },
    },
    destination ?? standardOutput(),
  );
}

/** Standard output whose reader may be gone: a service that shuts down because of that must still be able to log. */
function standardOutput(): DestinationStream {
  const destination = pino.destination({ fd: 1, sync: true });
  destination.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return destination;
}
