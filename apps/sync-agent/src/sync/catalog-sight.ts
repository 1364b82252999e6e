import type { Catalog, CatalogWanted } from '@muster/catalog';
import { MusterError, rootDigest } from '@muster/contracts';
import type { Fork, HeldLock, NodeStorage, WantedState } from '@muster/node-storage';
import { forkReason } from './fork-reason.js';
import { acceptsCatalog, readOrders } from './orders.js';
import type { OrdersOfLook } from './orders.js';

/** What the catalog says to this node now. */
export type CatalogSight = { readonly orders: OrdersOfLook } & (
  | {
      readonly kind: 'ours';
      readonly wanted: WantedState;
      /** The fork that was ended just now, by an order. */
      readonly accepted?: Fork;
    }
  | { readonly kind: 'forked'; readonly reason: string }
);

export interface SightOptions {
  /** Every mark is asked for, not only the latest. */
  readonly thorough: boolean;
  /** Whether this node may carry out orders: only a member's orders are its own. */
  readonly orders: boolean;
}

/** Reads what is wanted, and asks whether this catalog is the one that the storage follows. */
export async function readCatalog(
  catalog: Pick<Catalog, 'wanted' | 'chainAt' | 'orders'>,
  storage: Pick<NodeStorage, 'node' | 'findFork' | 'acceptCatalog'>,
  held: HeldLock,
  options: SightOptions,
): Promise<CatalogSight> {
  const [wanted, pending] = await Promise.all([
    catalog.wanted(),
    options.orders ? catalog.orders.pending(storage.node) : [],
  ]);
  requireWhole(wanted);
  const orders = readOrders(pending);
  const { catalogId, revision, chain } = wanted;
  const head = { catalogId, revision, chain };
  const known = {
    head: () => Promise.resolve(head),
    chainAt: (asked: number) => (asked === revision ? Promise.resolve(chain) : catalog.chainAt(asked)),
  };
  const fork = await storage.findFork(known, { thorough: options.thorough });
  if (fork === undefined) return { kind: 'ours', wanted, orders };
  if (!acceptsCatalog(orders)) return { kind: 'forked', reason: forkReason(fork), orders };
  await storage.acceptCatalog(held, head);
  return { kind: 'ours', wanted, orders, accepted: fork };
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
