import { migrate } from '@muster/catalog';
import type { ImportResult, Problem } from '@muster/contracts';
import { readPackageLimits } from '@muster/extension-package';
import { createKit, createLogger, createService, readConfig, startTracing, type Service } from '@muster/service-kit';
import { createDatabase, temporaryDirectory, type TestDatabase } from '@muster/testing';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { importConfigSchema } from '../config.js';
import { ImportServiceModule } from '../import-service.module.js';

export interface Answer<T = ImportResult & Problem> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export interface StartOptions {
  readonly database?: TestDatabase;
  readonly storage?: string;
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Told what the service logs. */
  readonly lines?: string[];
}

/** The real service over HTTP, on a real database and a real storage. */
export class RunningService {
  private constructor(
    readonly service: Service,
    readonly storage: string,
    readonly database: TestDatabase,
  ) {}

  static async start({
    database,
    storage,
    node = 'node-1',
    env = {},
    lines,
  }: StartOptions = {}): Promise<RunningService> {
    const usedDatabase = database ?? (await createDatabase({ migrate }));
    const usedStorage = storage ?? (await temporaryDirectory('storage'));
    const environment = {
      MUSTER_PORT: '0',
      MUSTER_NODE: node,
      MUSTER_STORAGE: usedStorage,
      DATABASE_URL: usedDatabase.urlAs('muster_importer'),
      MUSTER_OWNER_DATABASE_URL: usedDatabase.ownerUrl,
      ...env,
    };
    const config = readConfig(importConfigSchema, environment);
    const logger = createLogger({
      name: 'import-service',
      level: process.env.SPEC_LOG_LEVEL === 'debug' ? 'debug' : lines === undefined ? 'silent' : 'info',
      ...(lines && { destination: { write: (line) => void lines.push(line) } }),
    });
    const kit = createKit({ name: 'import-service', config, logger });
    await startTracing(kit);
    const module = await ImportServiceModule.open(config, readPackageLimits(environment), kit);
    const service = await createService({ kit, module });
    await service.listen();
    const running = new RunningService(service, usedStorage, usedDatabase);
    try {
      onTestFinished(() => running.close());
    } catch {
      // Started in a hook: the spec closes it.
    }
    return running;
  }

  get url(): string {
    return this.service.url;
  }

  async close(): Promise<void> {
    await this.service.close();
  }

  async request<T>(address: string, init: RequestInit = {}): Promise<Answer<T>> {
    const answer = await fetch(`${this.url}${address}`, init);
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
    return { status: answer.status, body: (isJson ? JSON.parse(text) : text) as T, headers: answer.headers };
  }

  import(zip: Buffer, query = '', headers: Record<string, string> = {}): Promise<Answer> {
    const body = new Uint8Array(zip);
    return this.request(`/imports${query}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/zip', ...headers },
    });
  }

  remove(name: string, query = ''): Promise<Answer> {
    return this.request(`/extensions/${encodeURIComponent(name)}${query}`, { method: 'DELETE' });
  }

  rollBack(name: string, wish?: object, query = ''): Promise<Answer> {
    const sent = wish && { body: JSON.stringify(wish), headers: { 'content-type': 'application/json' } };
    return this.request(`/extensions/${encodeURIComponent(name)}/rollback${query}`, { method: 'POST', ...sent });
  }

  /** `PUT` with a reason, or `DELETE` without one, of `/freeze` or `/nodes/{id}/pause`. */
  hold<T>(address: string, reason?: string): Promise<Answer<T & Problem>> {
    if (reason === undefined) return this.request(address, { method: 'DELETE' });
    const headers = { 'content-type': 'application/json' };
    return this.request(address, { method: 'PUT', body: JSON.stringify({ reason }), headers });
  }

  async installed(): Promise<string[]> {
    return (await readdir(path.join(this.storage, 'extensions'))).toSorted();
  }

  /** Files and directories that stand in staging and trash, locks and the instances' own directories aside. */
  async leftovers(): Promise<string[]> {
    const found: string[] = [];
    for (const area of ['staging', 'trash']) {
      const root = path.join(this.storage, '.muster', area);
      for (const instance of await readdir(root)) {
        for (const name of await readdir(path.join(root, instance)).catch(() => [])) {
          if (!name.endsWith('lock')) found.push(`${area}/${name}`);
        }
      }
    }
    return found;
  }
}
