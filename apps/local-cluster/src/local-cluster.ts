import { MusterError } from '@muster/contracts';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase, type Database, type DatabaseOptions } from './database.js';
import { removeClusterFile, writeClusterFile, type ClusterDescription } from './directory/cluster-file.js';
import { openDataDirectory, type DataDirectory } from './directory/data-directory.js';
import { openEventLogServer, type EventLogServer, type EventLogServerOptions } from './event-log.js';
import { checkPorts } from './free-ports.js';
import { layOut, urlOf, type ServiceName, type ServiceSpec } from './layout.js';
import type { ClusterOptions } from './options.js';
import { ClusterService } from './process/cluster-service.js';
import { endLeftovers } from './process/leftovers.js';
import { serviceEnvironment } from './service-environment.js';

export interface ClusterSurroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** Gets one line for everything that people should know. */
  readonly say: (line: string) => void;
  /** Where a service's program is. */
  readonly programOf?: (service: ServiceName) => string;
  readonly readyDeadlineMs?: number;
  readonly stopDeadlineMs?: number;
  /** How long services of an earlier run, whose supervisor was killed, are given to end by themselves. */
  readonly leftoverPatienceMs?: number;
}

const READY_DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 25_000;
const LEFTOVER_PATIENCE_MS = 20_000;
const CONNECTIONS_PER_SERVICE = 12;

/** A cluster of real processes on this machine: starts all of it, keeps it running, ends all of it. */
export class LocalCluster {
  private directory: DataDirectory | undefined;
  private database: Database | undefined;
  private eventLog: EventLogServer | undefined;
  private services: ClusterService[] = [];
  private ready = false;
  private stopped: Promise<void> | undefined;
  private readonly aborter = new AbortController();

  constructor(
    private readonly options: ClusterOptions,
    private readonly surroundings: ClusterSurroundings,
  ) {}

  /** In words: the servers that the services use. */
  get serverDescription(): string {
    return [this.database?.description, this.eventLog?.description].filter(Boolean).join(' and ');
  }

  /**
   * Resolves when every service is ready. After a failure `stop` ends what was started.
   *
   * @throws MusterError in one line: `data-directory-in-use`, `no-space`, `port-taken`, `not-ready`, `postgres-failed`, …
   */
  async start(): Promise<void> {
    const { dataDir } = this.options;
    const specs = layOut(this.options);
    this.directory = await openDataDirectory(dataDir);
    await endLeftovers(dataDir, this.surroundings.leftoverPatienceMs ?? LEFTOVER_PATIENCE_MS, this.surroundings.say);
    await checkPorts(specs);
    await this.openServers(specs.length);
    if (this.aborter.signal.aborted) return;
    this.services = specs.map((spec) => this.service(spec));
    for (const service of this.services) await service.start();
    await this.waitUntilReady();
    this.ready = true;
    await writeClusterFile(this.describe());
  }

  describe(): ClusterDescription {
    const services = this.services.map((service) => service.describe());
    const urlOfFirst = (name: ServiceName): string => services.find(({ service }) => service === name)?.url ?? '';
    const brokers = this.eventLog?.brokers;
    return {
      pid: process.pid,
      dataDir: this.options.dataDir,
      databaseUrl: this.database?.url ?? '',
      log: this.options.log,
      ...(brokers === undefined ? {} : { kafkaBrokers: brokers }),
      importUrl: urlOfFirst('import-service'),
      statusUrl: urlOfFirst('status-service'),
      services,
    };
  }

  /** Ends the services, then the servers that they use, each within its deadline. */
  stop(): Promise<void> {
    this.stopped ??= this.stopOnce();
    return this.stopped;
  }

  /** Ends the services at once; the guards of the servers end these when this process is gone. */
  kill(): void {
    for (const service of this.services) service.kill();
  }

  private async stopOnce(): Promise<void> {
    const { say, stopDeadlineMs = STOP_DEADLINE_MS } = this.surroundings;
    this.aborter.abort();
    const late = await Promise.all(
      this.services.map(async (service) => ((await service.stop(stopDeadlineMs)) ? [] : [service.label])),
    );
    if (late.flat().length > 0) say(`killed after ${stopDeadlineMs} ms: ${late.flat().join(', ')}`);
    await Promise.all([this.database?.stop(), this.eventLog?.stop()]);
    if (this.directory === undefined) return;
    await removeClusterFile(this.options.dataDir);
    this.directory.release();
  }

  /** Both at once; what has come up is kept for `stop` where the other fails. */
  private async openServers(serviceCount: number): Promise<void> {
    const { environment, say } = this.surroundings;
    const { dataDir, log } = this.options;
    const givenUrl = environment.DATABASE_URL || undefined;
    const givenBrokers = environment.KAFKA_BROKERS || undefined;
    const ofDatabase: DatabaseOptions = {
      dataDir,
      logs: path.join(dataDir, 'logs'),
      maxConnections: Math.max(100, serviceCount * CONNECTIONS_PER_SERVICE),
      say,
      ...(givenUrl === undefined ? {} : { givenUrl }),
    };
    const ofLog: EventLogServerOptions = {
      kind: log,
      dataDir,
      say,
      ...(givenBrokers === undefined ? {} : { givenBrokers }),
    };
    const outcomes = await Promise.allSettled([
      openDatabase(ofDatabase).then((database) => (this.database = database)),
      openEventLogServer(ofLog).then((eventLog) => (this.eventLog = eventLog)),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  private service(spec: ServiceSpec): ClusterService {
    const { environment, say, programOf = installedProgram } = this.surroundings;
    const [first] = layOut(this.options);
    if (first === undefined) throw new Error('a cluster has at least one import-service');
    const facts = { dataDir: this.options.dataDir, databaseUrl: this.database?.url ?? '', importUrl: urlOf(first) };
    const brokers = this.eventLog?.brokers;
    return new ClusterService(spec, {
      program: programOf(spec.service),
      environment: serviceEnvironment(spec, { ...facts, ...(brokers === undefined ? {} : { brokers }) }, environment),
      logs: path.join(this.options.dataDir, 'logs'),
      say,
      changed: () => {
        if (this.ready && this.stopped === undefined)
          writeClusterFile(this.describe()).catch((error: unknown) => say(String(error)));
      },
    });
  }

  private async waitUntilReady(): Promise<void> {
    const deadlineMs = this.surroundings.readyDeadlineMs ?? READY_DEADLINE_MS;
    const deadline = Date.now() + deadlineMs;
    const reasons = await Promise.all(
      this.services.map(async (service) => {
        const reason = await service.waitUntilReady(deadline, this.aborter.signal);
        return reason === undefined ? [] : [`${service.label} (${urlOf(service.spec)}): ${reason}`];
      }),
    );
    const missing = reasons.flat();
    if (missing.length === 0 || this.aborter.signal.aborted) return;
    throw new MusterError('not-ready', `not ready: ${missing.join('; ')}`, {
      limit: `${deadlineMs} ms`,
      remedy: `read the logs in ${path.join(this.options.dataDir, 'logs')}`,
    });
  }
}

function installedProgram(service: ServiceName): string {
  return fileURLToPath(import.meta.resolve(`@muster/${service}/main`));
}
