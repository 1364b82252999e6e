import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ServiceName } from '../layout.js';
import type { LogKind } from '../options.js';

/** What tests and scripts read to find the cluster. It holds the database's password: mode 0600. */
export interface ClusterDescription {
  readonly pid: number;
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly log: LogKind;
  /** Where the log is Kafka. */
  readonly kafkaBrokers?: string;
  readonly importUrl: string;
  readonly statusUrl: string;
  readonly services: readonly {
    readonly service: ServiceName;
    readonly node?: string;
    readonly url: string;
    readonly pid?: number;
    readonly storage?: string;
    readonly log: string;
  }[];
}

const FILE = 'cluster.json';

export async function writeClusterFile(description: ClusterDescription): Promise<void> {
  const file = path.join(description.dataDir, FILE);
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, `${JSON.stringify(description, null, 2)}\n`, { mode: 0o600 });
  await rename(aside, file);
}

export async function removeClusterFile(dataDir: string): Promise<void> {
  await rm(path.join(dataDir, FILE), { force: true });
}
