import {
  boardMessageSchema,
  boardSchema,
  extensionDetailSchema,
  extensionListSchema,
  historySchema,
  importPlanSchema,
  removalPlanSchema,
  nodeDetailSchema,
  revisionPassageSchema,
  timelineSchema,
  whySchema,
  type BoardMessage,
} from '@muster/contracts';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { FakeCluster } from './spec/fake-cluster.js';
import { answerRest } from './spec/fake-rest.js';
import { SCENARIOS, type ScenarioName } from './spec/scenarios.js';

const names = Object.keys(SCENARIOS) as ScenarioName[];

/** What the page is tested against must be what the contracts say, also where types cannot see it. */
describe.each(names)('the stand-in of the services, %s', (name) => {
  const cluster = new FakeCluster(name);
  const get = (address: string): unknown => answerRest(cluster, 'GET', new URL(address, 'http://fake'), '').value;
  const addresses: readonly (readonly [string, z.ZodType])[] = [
    ['/board', boardSchema],
    ['/why', whySchema],
    ['/timeline?limit=5', timelineSchema],
    ['/history', historySchema],
    ['/extensions', extensionListSchema],
    ...(cluster.board.nodes.length > 0 ? ([['/nodes/node-1', nodeDetailSchema]] as const) : []),
    ...(cluster.board.extensions.length > 0 ? ([['/extensions/Autocomplete', extensionDetailSchema]] as const) : []),
    ...(cluster.board.cluster.revision > 0
      ? ([[`/timeline/${cluster.board.cluster.revision}`, revisionPassageSchema]] as const)
      : []),
  ];

  it.each(addresses)('answers %s as the contract says', (address, schema) => {
    expect(schema.safeParse(get(address)).error).toBeUndefined();
  });
});

describe('the stand-in of the services', () => {
  it('tells an import from plan to convergence by messages of the contract', () => {
    const cluster = new FakeCluster('converged');
    const messages: BoardMessage[] = [];
    cluster.on('message', (message) => messages.push(message));
    const post = (search: string): unknown =>
      answerRest(cluster, 'POST', new URL(`/imports${search}`, 'http://fake'), 'zip').value;
    expect(importPlanSchema.safeParse(post('?dryRun=true')).error).toBeUndefined();
    const bundle = answerRest(cluster, 'POST', new URL('/imports?dryRun=true', 'http://fake'), 'bundle').value;
    expect(importPlanSchema.safeParse(bundle).error).toBeUndefined();
    const address = new URL('/extensions/Autocomplete?dryRun=true&cascade=true', 'http://fake');
    expect(removalPlanSchema.safeParse(answerRest(cluster, 'DELETE', address, '').value).error).toBeUndefined();
    post('');
    for (let step = 0; step < 12 && cluster.board.cluster.state !== 'converged'; step += 1) cluster.advance();
    expect(cluster.board.cluster).toMatchObject({ state: 'converged', revision: 129, converged: 3 });
    for (const message of messages) expect(boardMessageSchema.safeParse(message).error).toBeUndefined();
  });
});
