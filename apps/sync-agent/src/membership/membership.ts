import { MusterError } from '@muster/contracts';
import type { Catalog } from '@muster/catalog';
import type { NodeStorage } from '@muster/node-storage';

export interface MembershipOptions {
  readonly catalog: Pick<Catalog, 'nodes'>;
  readonly storage: Pick<NodeStorage, 'node' | 'storageId' | 'instance'>;
  /** Where this agent is reached; known once it listens. */
  readonly address: () => string | undefined;
  readonly leaseMs: number;
}

/** `member`: the id is ours and we may speak for it. `outsider`: we are forked and the id belongs to another storage here. */
export type MembershipState = 'member' | 'outsider';

/**
 * This node's id in the catalog, held by a lease. The same storage takes its id over at once (only one agent can run on it:
 * its agent lock says so); another storage has to wait until the lease has run out.
 */
export class Membership {
  private state: MembershipState | undefined;

  constructor(private readonly options: MembershipOptions) {}

  get isMember(): boolean {
    return this.state === 'member';
  }

  /**
   * Enrols once. A forked node does so only where the id is free or its own: it may have met another cluster's database,
   * whose node of the same name must not be disturbed. Throws `node-id-in-use`, which names both; `database-away`.
   */
  async join(forked: boolean): Promise<MembershipState> {
    if (this.state === 'member') return 'member';
    if (forked && (await this.isAnothers())) return (this.state = 'outsider');
    await this.enrol();
    return (this.state = 'member');
  }

  /** Lengthens the lease. One that was lost is taken back where nobody else holds the id; else throws `node-id-in-use`. */
  async renew(): Promise<void> {
    if (this.state !== 'member') return;
    const { catalog, storage, leaseMs } = this.options;
    if (await catalog.nodes.renew(storage.node, storage.instance, leaseMs)) return;
    const holder = (await catalog.nodes.expected()).find(({ node }) => node === storage.node);
    if (holder?.leased === true && holder.instance !== storage.instance) {
      const { storageId, instance, address } = holder;
      throw inUse(
        `the node id ${storage.node} was taken over from instance ${storage.instance} of storage ${storage.storageId} ` +
          `by instance ${instance} of storage ${storageId}${address === undefined ? '' : ` at ${address}`}`,
      );
    }
    await this.enrol();
  }

  /** Gives the id back, so that the next start need not wait. */
  async leave(retire: boolean): Promise<void> {
    if (this.state !== 'member') return;
    this.state = undefined;
    const { catalog, storage } = this.options;
    await catalog.nodes.release(storage.node, storage.instance, { retire });
  }

  private async isAnothers(): Promise<boolean> {
    const { catalog, storage } = this.options;
    const known = await catalog.nodes.expected();
    return known.some(({ node, storageId }) => node === storage.node && storageId !== storage.storageId);
  }

  private async enrol(): Promise<void> {
    const { catalog, storage, leaseMs } = this.options;
    const address = this.options.address();
    const { node, storageId, instance } = storage;
    const request = { node, storageId, instance, leaseMs, sameStorageTakesOver: true };
    const result = await catalog.nodes.enrol(address === undefined ? request : { ...request, address });
    if (result.state === 'enrolled') return;
    if (result.code === 'node-taken') throw inUse(result.detail, result.remedy);
    throw new MusterError(result.code, result.detail, { remedy: result.remedy });
  }
}

function inUse(detail: string, remedy = 'give each server a MUSTER_NODE and a MUSTER_STORAGE of its own'): MusterError {
  return new MusterError('node-id-in-use', detail, { remedy });
}
