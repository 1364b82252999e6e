import { PROPOSAL_DEADLINE, type NodeReadiness, type ReadinessState } from '@muster/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newUuid } from './new-uuid.js';
import { gravestFirst, summarize, whyOf } from './readiness.js';
import { DEADLINE_SECONDS } from './together.js';

const node = (name: string, state: ReadinessState, reason?: string): NodeReadiness => ({
  node: name,
  state,
  since: '2026-11-24T10:00:00.000Z',
  ...(reason !== undefined && { reason }),
});

describe('an activation together', () => {
  it('takes the deadlines that the service takes', () => {
    const { defaultMs, minMs, maxMs } = PROPOSAL_DEADLINE;
    const { usual, min, max } = DEADLINE_SECONDS;
    expect([usual, min, max].map((seconds) => seconds * 1_000)).toEqual([defaultMs, minMs, maxMs]);
  });

  it('has ids of its own', () => {
    const ids = Array.from({ length: 100 }, newUuid);
    for (const id of ids) expect(z.uuidv4().safeParse(id).error).toBeUndefined();
    expect(new Set(ids).size).toBe(100);
  });

  it('tells those whom time alone may not bring from those that are at work', () => {
    const nodes = [
      node('a', 'ready'),
      node('b', 'waiting'),
      node('c', 'paused', 'is paused by ben: new disks'),
      node('d', 'staging'),
      node('e', 'absent'),
      node('f', 'failed', 'no space is left'),
    ];
    const { ready, expected, hindering, underWay } = summarize(nodes);
    expect([ready, expected, underWay]).toEqual([1, 6, 2]);
    expect(hindering.map((one) => `${one.node} ${whyOf(one)}`)).toEqual([
      'f failed: no space is left',
      'e absent',
      'c is paused by ben: new disks',
    ]);
    expect(gravestFirst(nodes).map((one) => one.node)).toEqual(['f', 'e', 'c', 'b', 'd', 'a']);
  });
});
