import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Kafka, type ISocketFactoryArgs, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import type { SaslMechanism } from '../event-log-config.js';
import { type KafkaLogLine, logCreator } from './kafka-noise.js';
import { quietRequestQueue } from './quiet-request-queue.js';

quietRequestQueue();

const KEEPALIVE_MS = 10_000;

export interface KafkaConnectionOptions {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Certificates as PEM. Absent: no TLS. */
  readonly ssl?: {
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string };
  /** What the Kafka client says about itself; failures that matter come as errors too. Default: nobody hears it. */
  readonly onLogLine?: (line: KafkaLogLine) => void;
  /** How long a connection attempt or a request may take. Default 10,000. */
  readonly deadlineMs?: number;
  /** Where to connect to reach a broker, whatever address it advertises. Default: there. */
  readonly route?: (host: string, port: number) => { readonly host: string; readonly port: number };
}

/** A client with all its sockets in hand: an orderly end would wait for a far side that may be gone. */
export interface KafkaLink {
  readonly kafka: Kafka;
  /** Ends every socket at once; what is under way fails. */
  cut(): void;
}

/** How to reach one Kafka: every user opens links of its own, and opens a new one after a failure. */
export class KafkaConnection {
  readonly brokers: readonly string[];
  readonly deadlineMs: number;

  constructor(private readonly options: KafkaConnectionOptions) {
    this.brokers = options.brokers;
    this.deadlineMs = options.deadlineMs ?? 10_000;
  }

  /** Connects when it is first used. */
  open(): KafkaLink {
    const sockets = new Set<Socket>();
    let isCut = false;
    const socketFactory = (wanted: ISocketFactoryArgs): Socket => {
      const socket = this.connect(wanted);
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      // Once the client has let go of a socket nobody else listens to its last error.
      socket.on('error', () => undefined);
      if (isCut) socket.destroy(new Error('the connection was given up'));
      return socket;
    };
    return {
      kafka: new Kafka({ ...this.config(), socketFactory }),
      cut: () => {
        isCut = true;
        for (const socket of sockets) socket.destroy(new Error('the connection was given up'));
      },
    };
  }

  private config(): KafkaConfig {
    const { brokers, clientId, ssl, sasl, onLogLine } = this.options;
    return {
      brokers: [...brokers],
      clientId,
      ...(ssl && { ssl: { ca: ssl.ca, cert: ssl.cert, key: ssl.key, rejectUnauthorized: true } }),
      ...(sasl && { sasl: { ...sasl } as SASLOptions }),
      connectionTimeout: this.deadlineMs,
      authenticationTimeout: this.deadlineMs,
      requestTimeout: this.deadlineMs,
      enforceRequestTimeout: true,
      // The users of a link try again by their own rules; this bridges a coordinator that is just coming up.
      retry: { initialRetryTime: 100, retries: 3, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 },
      logLevel: onLogLine === undefined ? logLevel.NOTHING : logLevel.INFO,
      logCreator: logCreator(onLogLine),
    };
  }

  private connect({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
    const target = this.options.route?.(host, port) ?? { host, port };
    const socket = this.options.ssl
      ? connectTls({ ...target, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
      : connectPlain(target, onConnect);
    socket.setKeepAlive(true, KEEPALIVE_MS);
    socket.setNoDelay(true);
    return socket;
  }
}
