import type { Catalog } from '@muster/catalog';
import type { PackageReader } from '@muster/extension-package';
import {
  apply,
  isDeployed,
  type ApplyOptions,
  type ApplyResult,
  type DeployHook,
  type DeployTurns,
  type HeldLock,
  type NodeStorage,
  type WantedState,
} from '@muster/node-storage';
import { HttpProblem } from '@muster/service-kit';
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import { withDependencies } from './wanted-after.js';

export interface OriginNodeParts {
  readonly storage: NodeStorage;
  readonly catalog: Catalog;
  readonly reader: PackageReader;
  readonly hook: DeployHook;
  /** Undefined where there is no hook. */
  readonly turns: DeployTurns | undefined;
  readonly logger: Logger;
}

/** The node on which imports are made here: its storage is shared with that node's agent, so all of this is under the lock. */
export class OriginNode {
  constructor(private readonly parts: OriginNodeParts) {}

  get storage(): NodeStorage {
    return this.parts.storage;
  }

  /**
   * Nothing is changed on a storage that knows another history than this catalog.
   *
   * @throws HttpProblem 503 `forked`
   */
  async refuseForked(): Promise<void> {
    const fork = await this.storage.findFork(this.parts.catalog);
    if (fork === undefined) return;
    throw new HttpProblem(503, 'forked', `the storage of ${this.storage.node} is forked: ${fork.detail}`, {
      remedy: `Connect this service to the database that the storage belongs to; or, where this catalog is the right one, have the node take it: POST /nodes/${this.storage.node}/orders {"kind": "accept-catalog"}.`,
      retryAfterSeconds: 60,
      undone: [],
    });
  }

  /**
   * Brings extensions that are to change, and all that these and they need, to what the catalog wants at head. Those that are to
   * change may fail: what comes takes their place, or they go.
   *
   * @throws HttpProblem 503 `origin-behind`
   */
  async bringToHead(
    held: HeldLock,
    changing: readonly string[],
    needs: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const wanted = await this.parts.catalog.wanted();
    const only = await this.notAtHead(wanted, withDependencies(wanted, [...changing, ...needs]));
    if (only.size === 0) return;
    const brought = await this.apply({ held, wanted, policy: { kind: 'park' }, only, signal });
    const isChanging = (name: string): boolean => changing.includes(name);
    const failed = brought.parked.filter((one) => !isChanging(one.name));
    const behind = brought.held.filter(({ step, waitsFor }) => !isChanging(step.name) && !isChanging(waitsFor));
    const waiting = brought.waiting.filter(({ step, wait }) => !isChanging(step.name) || !wait.failed);
    if (failed.length + behind.length + waiting.length === 0) return;
    const reasons = [
      ...failed.map((one) => `${one.name}: ${one.detail}`),
      ...behind.map(({ step, waitsFor }) => `${step.name} waits for ${waitsFor}`),
      ...waiting.map(({ step, wait }) => `${step.name} waits: ${wait.detail}`),
    ];
    throw new HttpProblem(
      503,
      'origin-behind',
      `${this.storage.node} cannot be brought to head: ${reasons.join('; ')}`,
      {
        remedy: 'Clear the reason on this node, or import through another origin.',
        retryAfterSeconds: 10,
        undone: [],
      },
    );
  }

  /**
   * Those among the names whose deployed mark is not of the package that the catalog wants. Bytes that drifted under a right
   * mark are the agent's to find: to hash whole trees here would make every import wait for it.
   */
  private async notAtHead(wanted: WantedState, names: ReadonlySet<string>): Promise<Set<string>> {
    const { marks, extensionsPath } = this.storage;
    const behind = new Set<string>();
    for (const name of names) {
      const target = wanted.extensions.find((extension) => extension.name === name);
      const [mark, stands] = await Promise.all([marks.read(name), exists(path.join(extensionsPath, name))]);
      const isRight =
        target === undefined
          ? mark === undefined
          : stands && isDeployed(mark) && mark?.sha256 === target.sha256 && mark.treeDigest === target.treeDigest;
      if (!isRight) behind.add(name);
    }
    return behind;
  }

  /** The one way into the storage, with the parts of this service. */
  apply(options: Pick<ApplyOptions, 'held' | 'wanted' | 'policy'> & Partial<ApplyOptions>): Promise<ApplyResult> {
    const { storage, catalog, reader, hook, turns, logger } = this.parts;
    const observe: ApplyOptions['observe'] = (progress) =>
      logger.debug({ progress }, `${progress.extension}: ${progress.state}`);
    const inTurn = turns === undefined ? {} : { turns };
    return apply({ storage, catalog, sources: [catalog.blobs], reader, hook, observe, ...inTurn, ...options });
  }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
