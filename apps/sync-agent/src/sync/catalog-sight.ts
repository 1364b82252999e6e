import type { Catalog, CatalogWanted, NodeInstructions, OpenProposal } from '@muster/catalog';
import { MusterError, rootDigest } from '@muster/contracts';
import type { Hold } from '@muster/contracts';
import type { Fork, HeldLock, NodeStorage, WantedState } from '@muster/node-storage';
import type { ClockOffset } from '../report/clock-offset.js';
import { forkReason } from './fork-reason.js';
import { acceptsCatalog, readOrders } from './orders.js';
import type { OrdersOfLook } from './orders.js';

/** What the catalog says to this node now. */
export type CatalogSight = {
  readonly orders: OrdersOfLook;
  /** What is to be staged ahead, the oldest first. */
  readonly proposals: readonly OpenProposal[];
  /** Held in maintenance: only what changes nothing is among the orders. */
  readonly paused?: Hold;
} & (
  | {
      readonly kind: 'ours';
      readonly wanted: WantedState;
      /** The fork that was ended just now, by an order. */
      readonly accepted?: Fork;
    }
  | { readonly kind: 'forked'; readonly reason: string }
);

export interface SightParts {
  readonly catalog: Pick<Catalog, 'wanted' | 'chainAt' | 'nodes'>;
  readonly storage: Pick<NodeStorage, 'node' | 'findFork' | 'acceptCatalog'>;
  readonly held: HeldLock;
  readonly clock: ClockOffset;
}

export interface SightOptions {
  /** Every mark is asked for, not only the latest. */
  readonly thorough: boolean;
  /** Whether this node may carry out orders and proposals: only a member's are its own. */
  readonly orders: boolean;
}

const NOTHING_TOLD: Pick<NodeInstructions, 'orders' | 'proposals' | 'paused'> = { orders: [], proposals: [] };

/** Reads what is wanted, and asks whether this catalog is the one that the storage follows. */
export async function readCatalog(
  { catalog, storage, held, clock }: SightParts,
  options: SightOptions,
): Promise<CatalogSight> {
  const [wanted, instructions] = await Promise.all([
    catalog.wanted(),
    options.orders ? clock.read(() => catalog.nodes.instructions(storage.node)) : NOTHING_TOLD,
  ]);
  requireWhole(wanted);
  const orders = readOrders(instructions);
  const { paused, proposals } = instructions;
  const told = { orders, proposals, ...(paused !== undefined && { paused }) };
  const { catalogId, revision, chain } = wanted;
  const head = { catalogId, revision, chain };
  const known = {
    head: () => Promise.resolve(head),
    chainAt: (asked: number) => (asked === revision ? Promise.resolve(chain) : catalog.chainAt(asked)),
  };
  const fork = await storage.findFork(known, { thorough: options.thorough });
  if (fork === undefined) return { kind: 'ours', wanted, ...told };
  if (!acceptsCatalog(orders)) return { kind: 'forked', reason: forkReason(fork), ...told };
  await storage.acceptCatalog(held, head);
  return { kind: 'ours', wanted, ...told, accepted: fork };
}

/** A catalog that is being restored, or was edited by hand, must not be taken for what is wanted. */
function requireWhole({ revision, rootDigest: said, extensions }: CatalogWanted): void {
  const found = rootDigest(extensions);
  if (found === said) return;
  throw new MusterError('catalog-inconsistent', `the catalog contradicts itself at revision ${revision}`, {
    limit: said,
    actual: found,
    remedy: 'if it is being restored, wait for its end; else restore it from a backup',
  });
}
