import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rootDigest } from '@muster/contracts';
import { temporaryDirectory } from '@muster/testing';
import { apply } from '../apply/apply.js';
import type { ApplyOptions, ApplyResult } from '../apply/apply-options.js';
import { stageAhead, type StageAheadOptions, type StagedAhead } from '../apply/stage-ahead.js';
import { NodeStorage, type StorageOptions } from '../node-storage.js';
import type { DeployHook, HookContext, HookResult } from '../ports.js';
import { prove } from '../tree/proof.js';
import { fixtureReader } from './fixture-reader.mjs';
import type { MemoryCatalog } from './memory-catalog.js';

/** A hook that writes down its calls, and fails where it is told to. */
export class RecordingHook implements DeployHook {
  readonly calls: string[] = [];
  readonly contexts: HookContext[] = [];

  constructor(private readonly fails: (call: string) => boolean = () => false) {}

  run(context: HookContext): Promise<HookResult> {
    const call = `${context.action} ${context.extension} ${context.version}`;
    this.calls.push(call);
    this.contexts.push(context);
    const failure = { ok: false, code: 'hook-failed', detail: `${call} failed`, durationMs: 0 } as const;
    return Promise.resolve(this.fails(call) ? failure : { ok: true, durationMs: 0 });
  }
}

/** One node's storage in a test, with a catalog to follow. */
export class TrialStorage {
  hook: DeployHook = new RecordingHook();

  private constructor(
    readonly storage: NodeStorage,
    readonly catalog: MemoryCatalog,
  ) {}

  static async open(catalog: MemoryCatalog, options: Partial<StorageOptions> = {}): Promise<TrialStorage> {
    const root = options.storage ?? join(await temporaryDirectory('storage'), 'ThingworxStorage');
    return new TrialStorage(
      await NodeStorage.open({ node: 'node-1', service: 'test', lockTimeoutMs: 5_000, ...options, storage: root }),
      catalog,
    );
  }

  /** Applies the catalog's head, as an agent does, unless the options say otherwise. */
  apply(options: Partial<ApplyOptions> = {}): Promise<ApplyResult> {
    const { storage, catalog, hook } = this;
    return storage.lock.withLock('test', (held) =>
      apply({
        storage,
        held,
        catalog,
        hook,
        sources: [catalog.source],
        reader: fixtureReader,
        policy: { kind: 'park' },
        wanted: catalog.state(),
        ...options,
        limits: {
          reserveBytes: 0,
          ...options.limits,
        },
      }),
    );
  }

  /** Stages what is wanted on top of the head, as an agent does for what is not committed yet. */
  stageAhead(
    options: Pick<StageAheadOptions, 'wanted' | 'names' | 'shelf'> & Partial<StageAheadOptions>,
  ): Promise<StagedAhead> {
    const { storage, catalog } = this;
    return storage.lock.withLock('test', async (held) =>
      stageAhead({
        storage,
        held,
        catalog,
        local: await storage.inspect(),
        sources: [catalog.source],
        reader: fixtureReader,
        ...options,
        limits: { reserveBytes: 0, ...options.limits },
      }),
    );
  }

  /** Whether everything on disk, by full hash, is the catalog's head, deployed, and nothing is left over. */
  async differences(): Promise<string[]> {
    const found: string[] = [];
    const local = await this.storage.inspect({ full: true });
    const proof = prove(local);
    const wanted = this.catalog.state().extensions;
    if (proof.rootDigest !== rootDigest(wanted))
      found.push(`root digest of ${[...local.extensions.keys()].join(', ')}`);
    if (!proof.deployed) found.push('not deployed');
    for (const { name, mark } of local.extensions.values()) if (mark === undefined) found.push(`foreign ${name}`);
    for (const directory of [this.storage.stagingArea, this.storage.trash]) {
      found.push(...readdirSync(directory.path).filter((entry) => entry !== 'lock'));
    }
    return found;
  }

  /** Path to content of an extension's directory. */
  tree(name: string): Record<string, string> | undefined {
    const root = join(this.storage.extensionsPath, name);
    if (!existsSync(root)) return undefined;
    const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
    return Object.fromEntries(
      paths
        .filter((path) => statSync(join(root, path)).isFile())
        .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
    );
  }

  /** The version that its metadata file tells. */
  version(name: string): string | undefined {
    return this.tree(name)?.['metadata.xml']?.split(' ').at(-1);
  }
}
