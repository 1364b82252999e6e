import { describe, expect, test } from 'vitest';
import type { NodeOrder, OrderKind } from '@muster/catalog';
import { readOrders } from './orders.js';

const order = (kind: OrderKind, detail: NodeOrder['detail'] = {}): NodeOrder => ({
  id: `${kind} ${JSON.stringify(detail)}`,
  node: 'node-1',
  kind,
  detail,
  actor: 'test',
  createdAt: '2026-11-23T00:00:00Z',
});

describe('orders of one look', () => {
  test('name what is tried again and what is hashed', () => {
    const orders = [
      order('retry', { extensions: ['A'] }),
      order('retry', { extensions: ['B', 7] }),
      order('verify', { extensions: ['C'] }),
    ];
    expect(readOrders(orders)).toEqual({
      acceptCatalog: false,
      retry: new Set(['A', 'B']),
      verify: new Set(['C']),
      ids: orders.map(({ id }) => id),
    });
  });

  test('without names mean everything; a resync is both', () => {
    expect(readOrders([order('resync'), order('retry', { extensions: ['A'] })])).toMatchObject({
      retry: 'all',
      verify: 'all',
    });
  });

  test('of kinds that are not carried out here stay open', () => {
    expect(readOrders([order('preview'), order('replay'), order('accept-catalog')])).toMatchObject({
      acceptCatalog: true,
      ids: ['accept-catalog {}'],
      retry: new Set(),
    });
  });
});
