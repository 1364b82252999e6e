import { describe, expect, it } from 'vitest';
import { makeBoard, makeExtensions, makeNode } from '../spec/make-board.js';
import { applyMessage } from './apply-message.js';

const board = makeBoard([makeNode('node-1', 1), makeNode('node-2', 1), makeNode('node-3', 1)], makeExtensions(2), 1);

describe('applyMessage', () => {
  it('takes rows that changed, lets go those that are gone, and keeps the rest the same object', () => {
    const changed = makeNode('node-2', 2);
    const next = applyMessage(
      board,
      { type: 'nodes', nodes: [changed, makeNode('node-10', 2)], gone: ['node-3'] },
      '7',
    );
    expect(next?.nodes.map(({ node, revision }) => `${node} ${revision}`)).toEqual([
      'node-1 1',
      'node-2 2',
      'node-10 2',
    ]);
    expect(next?.nodes[0]).toBe(board.nodes[0]);
    expect(next?.id).toBe('7');
  });

  it('changes nothing at a beat, and nothing before the first board', () => {
    const beat = { type: 'beat', at: new Date().toISOString() } as const;
    expect(applyMessage(board, beat, '8')).toBe(board);
    expect(applyMessage(undefined, { type: 'nodes', nodes: [], gone: [] }, '8')).toBeUndefined();
    expect(applyMessage(undefined, { type: 'board', board }, '8')).toBe(board);
  });
});
