import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FaultProxy, SmallDisk, temporaryDirectory, waitFor } from '@muster/testing';
import { startAgent, type AgentBeside } from './agent-beside.js';
import { retire } from './calls.js';
import type { Cluster } from './cluster.js';
import { FAST } from './fast.js';

const shiftedClock = path.join(import.meta.dirname, 'shifted-clock.mjs');

/** A node beside a cluster, with its own way to the database and, where that can be, its own small disk. */
export class Guest {
  private agent: AgentBeside | undefined;

  private constructor(
    readonly node: string,
    private readonly cluster: Cluster,
    private readonly databaseUrl: string,
    readonly toDatabase: FaultProxy,
    readonly disk: SmallDisk | undefined,
    private readonly storage: string,
  ) {}

  /** Resolves when it holds what the cluster holds. Without megabytes its storage lies where all temporary files do. */
  static async join(cluster: Cluster, node: string, databaseUrl: string, diskMegabytes?: number): Promise<Guest> {
    const proxy = await FaultProxy.inFrontOf(databaseUrl);
    const disk = diskMegabytes === undefined ? undefined : await SmallDisk.mount(diskMegabytes);
    const storage = path.join(disk?.directory ?? (await temporaryDirectory('guest')), 'storage');
    mkdirSync(storage);
    const guest = new Guest(node, cluster, databaseUrl, proxy, disk, storage);
    guest.start();
    try {
      await waitFor(async () => (await cluster.status(node)).inSync, {
        what: () => `a filled ${node}; it printed:\n${guest.agent?.output}`,
      });
    } catch (error) {
      await guest.close();
      throw error;
    }
    return guest;
  }

  start({ clockShiftMs }: { readonly clockShiftMs?: number } = {}): void {
    this.agent = startAgent({
      ...this.cluster.logEnvironment,
      ...FAST,
      DATABASE_URL: this.toDatabase.urlThrough(this.databaseUrl),
      MUSTER_NODE: this.node,
      MUSTER_STORAGE: this.storage,
      ...(clockShiftMs !== undefined && {
        NODE_OPTIONS: `--import ${shiftedClock}`,
        CLOCK_SHIFT_MS: String(clockShiftMs),
      }),
    });
  }

  async stop(): Promise<void> {
    await this.agent?.stop();
    this.agent = undefined;
  }

  /** To be called while it is stopped: its storage then knows the history of a catalog that nobody has. */
  forgeHistory(): void {
    const file = path.join(this.storage, '.muster/cluster.json');
    const record = JSON.parse(readFileSync(file, 'utf8')) as { applied: object };
    writeFileSync(file, JSON.stringify({ ...record, applied: { ...record.applied, catalogId: randomUUID() } }));
  }

  /** Ends it and retires its node. */
  async leave(): Promise<void> {
    await this.close();
    await retire(this.cluster, this.node);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.toDatabase.close();
    this.disk?.unmount();
  }
}
