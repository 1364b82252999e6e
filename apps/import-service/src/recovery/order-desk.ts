import type { Catalog, NewOrder, OutboxOptions } from '@muster/catalog';
import type { OrderList, OrderRequest, OrderView } from '@muster/contracts';
import { extensionNotIn, extensionsNotAllowed, nodeRetired, nodeUnknown, orderUnknown } from './recovery-problems.js';

export interface OrderDeskParts {
  readonly catalog: Catalog;
  readonly outbox: OutboxOptions;
  /** After so long a node that has not come back no longer carries an order out. */
  readonly expiresAfterMs: number;
}

/** Most orders of a node that are listed. */
const LISTED = 100;

/**
 * A catalog is accepted soon or not at all: a backup of the database that holds the order must not accept itself, when it is
 * restored later, on nodes that know another history.
 */
const ACCEPT_CATALOG_EXPIRES_MS = 3_600_000;

/** Tells single nodes what to do outside the normal way. */
export class OrderDesk {
  constructor(private readonly parts: OrderDeskParts) {}

  /** @throws HttpProblem `node-unknown`, `node-retired`, `extension-unknown`, `extensions-not-allowed` */
  async give(node: string, { kind, extensions }: OrderRequest, actor: string): Promise<OrderView> {
    const { catalog, outbox, expiresAfterMs } = this.parts;
    const [known] = await catalog.nodes.find([node]);
    if (known === undefined) throw nodeUnknown([node]);
    if (known.retiredAt !== undefined) throw nodeRetired([node]);
    if (kind === 'accept-catalog' && extensions !== undefined) throw extensionsNotAllowed();
    await this.refuseUnknown(extensions ?? []);
    const order: NewOrder = {
      node,
      kind,
      actor,
      detail: extensions === undefined ? {} : { extensions },
      expiresAfterMs: kind === 'accept-catalog' ? Math.min(ACCEPT_CATALOG_EXPIRES_MS, expiresAfterMs) : expiresAfterMs,
    };
    return this.find(node, await catalog.orders.insert(order, outbox));
  }

  async list(node: string): Promise<OrderList> {
    const { nodes, orders } = this.parts.catalog;
    const [known] = await nodes.find([node]);
    if (known === undefined) throw nodeUnknown([node]);
    return { node, orders: await orders.latest(node, LISTED) };
  }

  async find(node: string, id: string): Promise<OrderView> {
    const found = await this.parts.catalog.orders.find(node, id);
    if (found === undefined) throw orderUnknown(node, id);
    return found;
  }

  /** What was removed may be named: the node makes sure that it is gone. */
  private async refuseUnknown(extensions: readonly string[]): Promise<void> {
    if (extensions.length === 0) return;
    const known = new Set(await this.parts.catalog.revisions.everNamed(extensions));
    const unknown = extensions.filter((name) => !known.has(name));
    if (unknown.length > 0) throw extensionNotIn('the history of this catalog', unknown);
  }
}
