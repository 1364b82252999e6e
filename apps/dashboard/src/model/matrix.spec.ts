import { describe, expect, it } from 'vitest';
import { makeBoard, makeCell, makeExtensions, makeNode, secondsAgo } from '../spec/make-board.js';
import { matrixOf } from './matrix.js';

const everything = { node: '', extension: '' };
const extensions = makeExtensions(5);
const nodes = [
  makeNode('node-2', 8),
  makeNode('node-10', 8),
  makeNode('node-1', 7, { inSync: false, cells: { MailTemplates: makeCell('fetching', 1) } }),
  makeNode('node-3', 7, {
    inSync: false,
    parked: 1,
    cells: { DiffViewer: makeCell('parked', 9), OldOne: makeCell('removing', 1) },
  }),
  makeNode('node-4', 7, { state: 'offline', inSync: false, since: secondsAgo(50) }),
  makeNode('node-5', 3, { state: 'retired', inSync: false }),
];
const board = makeBoard(nodes, extensions, 8);

describe('matrix', () => {
  it('puts the worst rows and columns first, equal ones by name, and leaves retired nodes out', () => {
    const matrix = matrixOf(board, everything);
    expect(matrix.rows.map(({ node }) => node.node)).toEqual(['node-3', 'node-4', 'node-1', 'node-2', 'node-10']);
    expect(matrix.columns.map(({ name }) => name)).toEqual([
      'DiffViewer',
      'MailTemplates',
      'OldOne',
      'Autocomplete',
      'CsvParser',
      'GridAdvanced',
    ]);
    expect(matrix.rows.map(({ first }) => first)).toEqual([false, true, true, true, false]);
  });

  it('counts every cell once, also those that no row names', () => {
    const { counts, total } = matrixOf(board, everything);
    const sum = Object.values(counts).reduce((left, right) => left + right, 0);
    expect(sum).toBe(total.nodes * total.extensions);
    expect(counts).toMatchObject({ parked: 1, 'on-its-way': 2, offline: 6, unknown: 0 });
  });

  it('never shows a silent node as in sync', () => {
    const { rows, counts } = matrixOf(makeBoard([makeNode('a', 8, { state: 'offline' })], extensions, 8), everything);
    expect(rows[0]?.look.word).toBe('offline');
    expect(counts['in-sync']).toBe(0);
  });

  it('keeps, of a state, the rows and columns that hold it', () => {
    const { rows, columns } = matrixOf(board, { ...everything, state: 'parked' });
    expect(rows.map(({ node }) => node.node)).toEqual(['node-3']);
    expect(columns.map(({ name }) => name)).toEqual(['DiffViewer']);
  });

  it('filters by parts of names, whatever their letters are', () => {
    const { rows, columns } = matrixOf(board, { node: 'NODE-1', extension: 'csv' });
    expect(rows.map(({ node }) => node.node)).toEqual(['node-1', 'node-10']);
    expect(columns.map(({ name }) => name)).toEqual(['CsvParser']);
  });
});
