import { MusterError } from '@muster/contracts';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase, type Database, type DatabaseOptions } from './database.js';
import { removeClusterFile, writeClusterFile, type ClusterDescription } from './directory/cluster-file.js';
import { openDataDirectory, type DataDirectory } from './directory/data-directory.js';
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
  readonly openDatabase?: (options: DatabaseOptions) => Promise<Database>;
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
  private services: ClusterService[] = [];
  private ready = false;
  private stopped: Promise<void> | undefined;
  private readonly aborter = new AbortController();

  constructor(
    private readonly options: ClusterOptions,
    private readonly surroundings: ClusterSurroundings,
  ) {}

  get databaseDescription(): string {
    return this.database?.description ?? 'no database';
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
    this.database = await this.openDatabase(specs.length);
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
    return {
      pid: process.pid,
      dataDir: this.options.dataDir,
      databaseUrl: this.database?.url ?? '',
      importUrl: urlOfFirst('import-service'),
      statusUrl: urlOfFirst('status-service'),
      services,
    };
  }

  /** Ends the services, then the database, each within its deadline. */
  stop(): Promise<void> {
    this.stopped ??= this.stopOnce();
    return this.stopped;
  }

  /** Ends the services at once; the database's guard ends the database when this process is gone. */
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
    await this.database?.stop();
    if (this.directory === undefined) return;
    await removeClusterFile(this.options.dataDir);
    this.directory.release();
  }

  private openDatabase(serviceCount: number): Promise<Database> {
    const { environment, say, openDatabase: open = openDatabase } = this.surroundings;
    const givenUrl = environment.DATABASE_URL || undefined;
    return open({
      dataDir: this.options.dataDir,
      logs: path.join(this.options.dataDir, 'logs'),
      maxConnections: Math.max(100, serviceCount * CONNECTIONS_PER_SERVICE),
      say,
      ...(givenUrl === undefined ? {} : { givenUrl }),
    });
  }

  private service(spec: ServiceSpec): ClusterService {
    const { environment, say, programOf = installedProgram } = this.surroundings;
    const databaseUrl = this.database?.url ?? '';
    return new ClusterService(spec, {
      program: programOf(spec.service),
      environment: serviceEnvironment(spec, { dataDir: this.options.dataDir, databaseUrl }, environment),
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
