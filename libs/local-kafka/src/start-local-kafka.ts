import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { brokerAnswers } from './broker-answers.js';
import { BrokerProcess, type BrokerExit } from './broker-process.js';
import { lockDirectory, type DirectoryLock } from './directory-lock.js';
import { freePorts, isFree } from './free-port.js';
import { kafkaCommand } from './kafka-command.js';
import { LocalKafkaError } from './local-kafka-error.js';
import { serverProperties, writeProperties, type BrokerAddress, type ClientProtocol } from './server-properties.js';
import { prepareStorage, type ScramUser } from './storage.js';

const START_DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 20_000;
const EARLIER_BROKER_DEADLINE_MS = 20_000;
const PORT_ATTEMPTS = 5;

export interface LocalKafkaOptions {
  /** Made when it is missing; kept by `stop`. Holds `data/`, `server.properties` and `kafka.log`. */
  readonly dataDir: string;
  /** For clients, on 127.0.0.1; a free one when absent. */
  readonly port?: number;
  /** What clients must speak. Default PLAINTEXT. */
  readonly clientProtocol?: ClientProtocol;
  /** Any of the broker's properties; they go before what is set here. The clients' listener is called CLIENT. */
  readonly extraProperties?: Readonly<Record<string, string>>;
  /** Made when the storage is formatted, so only at the first start on a directory. */
  readonly scramUsers?: readonly ScramUser[];
  readonly heapMegabytes?: number;
  /** Java compiles less: the broker starts with a third less work, and is slower under load. Default false. */
  readonly quickStart?: boolean;
  /** How long a broker of an earlier run on the same directory, or port, is given to end. Default 20,000. */
  readonly earlierBrokerDeadlineMs?: number;
  /** Gets a line for what takes long: fetching the jars. */
  readonly say?: (line: string) => void;
}

export interface LocalKafka {
  /** As `KAFKA_BROKERS` takes it. */
  readonly brokers: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the broker has ended, whoever ended it. */
  readonly exited: Promise<BrokerExit>;
  /** SIGTERM, and SIGKILL at the deadline. A second call waits for the first. */
  stop(): Promise<void>;
  /** kill -9, for tests and for data that nobody needs any more. */
  kill(): Promise<void>;
}

type Outcome =
  { readonly broker: BrokerProcess } | { readonly retry: 'port' | 'in-use'; readonly error: LocalKafkaError };

/** @throws LocalKafkaError in one line that says what stands in the way. */
export async function startLocalKafka(options: LocalKafkaOptions): Promise<LocalKafka> {
  const directory = path.resolve(options.dataDir);
  await mkdir(directory, { recursive: true }).catch((cause: Error) => {
    throw new LocalKafkaError('data-directory-unusable', `${directory} cannot be made: ${cause.message}`, {
      remedy: 'choose another data directory',
      cause,
    });
  });
  const patientUntil = Date.now() + (options.earlierBrokerDeadlineMs ?? EARLIER_BROKER_DEADLINE_MS);
  for (let attempt = 1; ; attempt += 1) {
    const address = await chooseAddress(options.port);
    const outcome = await attemptStart(directory, address, options);
    if ('broker' in outcome) return handle(outcome.broker, address.port);
    const again =
      outcome.retry === 'port' && options.port === undefined ? attempt < PORT_ATTEMPTS : Date.now() < patientUntil;
    if (!again) throw outcome.error;
    await delay(250);
  }
}

async function chooseAddress(port: number | undefined): Promise<BrokerAddress> {
  const [controllerPort = 0, internalPort = 0, free = 0] = await freePorts(3);
  return { port: port ?? free, controllerPort, internalPort };
}

async function attemptStart(directory: string, address: BrokerAddress, options: LocalKafkaOptions): Promise<Outcome> {
  const lock = lockDirectory(directory);
  if (lock === undefined) return { retry: 'in-use', error: inUse(directory) };
  try {
    if (!(await isFree(address.port))) return { retry: 'port', error: portTaken(address.port) };
    return await startLocked(directory, lock, address, options);
  } finally {
    lock.release();
  }
}

async function startLocked(
  directory: string,
  lock: DirectoryLock,
  address: BrokerAddress,
  options: LocalKafkaOptions,
): Promise<Outcome> {
  const properties = serverProperties(
    path.join(directory, 'data'),
    address,
    options.clientProtocol ?? 'PLAINTEXT',
    options.extraProperties ?? {},
  );
  const { heapMegabytes = 512, quickStart = false, say } = options;
  const file = path.join(directory, 'server.properties');
  const log = path.join(directory, 'kafka.log');
  const command = await kafkaCommand('kafka.Kafka', [file], { heapMegabytes, quickStart, log, ...(say && { say }) });
  await prepareStorage(directory, properties, options.scramUsers ?? []);
  await writeFile(file, writeProperties(properties), { mode: 0o600 });
  const broker = await BrokerProcess.spawn(command, lock, file);
  if (await becomesReady(broker, address.internalPort)) return { broker };
  return explain(broker.lastLines, directory, address);
}

/** False when it ended before. */
async function becomesReady(broker: BrokerProcess, port: number): Promise<boolean> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await broker.endsWithin(50))) {
    if (await brokerAnswers(port)) return true;
    if (Date.now() < deadline) continue;
    broker.signal('SIGKILL');
    await broker.exited;
    const last = broker.lastLines.at(-1) ?? 'it said nothing';
    throw new LocalKafkaError('kafka-start-timeout', `Kafka was not ready in time: ${last}`, {
      limit: `${START_DEADLINE_MS} ms`,
    });
  }
  return false;
}

/** Makes one line of what the broker said before it ended. */
function explain(lines: readonly string[], directory: string, { port }: BrokerAddress): Outcome {
  const said = lines.join('\n');
  if (/Address already in use/.test(said)) return { retry: 'port', error: portTaken(port) };
  if (/No space left on device/.test(said)) {
    throw new LocalKafkaError('disk-full', `no space is left for Kafka in ${directory}`, {
      remedy: 'free some space on that disk, then start again',
    });
  }
  const reason =
    lines.find((line) => /^(?:Caused by: )?[\w.$]+(?:Exception|Error): /.test(line)) ??
    lines.at(-1) ??
    'no reason given';
  throw new LocalKafkaError('kafka-failed', `Kafka ended while it was starting: ${reason}`, {
    remedy: `see ${path.join(directory, 'kafka.log')}`,
  });
}

function inUse(directory: string): LocalKafkaError {
  return new LocalKafkaError('data-directory-in-use', `another Kafka runs on ${directory}`, {
    remedy: 'end it, or choose another data directory',
  });
}

function portTaken(port: number): LocalKafkaError {
  return new LocalKafkaError('port-in-use', `port ${port} of 127.0.0.1, which Kafka needs, is taken`, {
    actual: port,
    remedy: 'end whoever has it, or choose another port',
  });
}

function handle(broker: BrokerProcess, port: number): LocalKafka {
  let stopping: Promise<void> | undefined;
  const kill = async (): Promise<void> => {
    broker.signal('SIGKILL');
    await broker.exited;
  };
  const stop = async (): Promise<void> => {
    broker.signal('SIGTERM');
    if (!(await broker.endsWithin(STOP_DEADLINE_MS))) await kill();
  };
  return {
    brokers: `127.0.0.1:${port}`,
    port,
    pid: broker.pid,
    exited: broker.exited,
    stop: () => (stopping ??= stop()),
    kill,
  };
}
