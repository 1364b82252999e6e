import type { Catalog } from '@muster/catalog';
import type { OwnedEntity, PackageEntity } from '@muster/contracts';
import { isDeployed } from '@muster/node-storage';
import type { Logger } from 'pino';
import type { AgentState } from '../state/agent-state.js';

/** How long a request waits for the metadata of a package that was deployed a moment ago. */
const LOAD_TIMEOUT_MS = 2_000;

/**
 * The entities that this node offers: those of what is deployed here. A package's metadata never changes, so it is read once
 * and kept while the package stands here.
 */
export class EntityShelf {
  private readonly entities = new Map<string, readonly PackageEntity[]>();
  private loading: Promise<void> | undefined;

  constructor(
    private readonly catalog: Pick<Catalog, 'packages'>,
    private readonly state: Pick<AgentState, 'local'>,
    private readonly logger: Logger,
  ) {}

  /** Sorted by type and name. What the catalog could not be asked for is left out. */
  async list(): Promise<OwnedEntity[]> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.load(), new Promise((resolve) => (timer = setTimeout(resolve, LOAD_TIMEOUT_MS)))]);
    clearTimeout(timer);
    return this.deployed()
      .flatMap(({ name, sha256 }) =>
        (this.entities.get(sha256) ?? []).map((entity) => ({ type: entity.type, name: entity.name, extension: name })),
      )
      .sort((left, right) => compare(left.type, right.type) || compare(left.name, right.name));
  }

  /** Reads what is deployed and not known yet, and forgets what is no longer here. */
  load(): Promise<void> {
    this.loading ??= this.loadOnce().finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async loadOnce(): Promise<void> {
    const here = new Set(this.deployed().map(({ sha256 }) => sha256));
    for (const sha256 of this.entities.keys()) if (!here.has(sha256)) this.entities.delete(sha256);
    try {
      for (const sha256 of here) {
        if (this.entities.has(sha256)) continue;
        const found = await this.catalog.packages.find(sha256);
        if (found !== undefined) this.entities.set(sha256, found.metadata.entities);
      }
    } catch (error) {
      this.logger.debug({ err: error }, 'the entities of some packages are not known yet: the catalog does not answer');
    }
  }

  private deployed(): { readonly name: string; readonly sha256: string }[] {
    return [...(this.state.local?.extensions.values() ?? [])].flatMap(({ name, mark, tree }) =>
      mark !== undefined && tree !== undefined && isDeployed(mark) ? [{ name, sha256: mark.sha256 }] : [],
    );
  }
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
