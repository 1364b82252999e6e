import { describe, expect, it } from 'vitest';
import { moveTo, spanOf } from './grid-window.js';

const size = { rows: 200, columns: 500, pageRows: 20 };

describe('spanOf', () => {
  it('holds what is in sight and a margin, within the list', () => {
    expect(spanOf(0, 480, 24, 200)).toEqual({ first: 0, end: 22 });
    expect(spanOf(2_400, 480, 24, 200)).toEqual({ first: 98, end: 122 });
    expect(spanOf(4_320, 480, 24, 200)).toEqual({ first: 178, end: 200 });
    expect(spanOf(9_000, 480, 24, 3)).toEqual({ first: 3, end: 3 });
  });
});

describe('moveTo', () => {
  it('goes through cells and heads, and never into the corner or beyond an edge', () => {
    expect(moveTo('ArrowLeft', false, { row: 0, column: 0 }, size)).toEqual({ row: 0, column: -1 });
    expect(moveTo('ArrowUp', false, { row: 0, column: 3 }, size)).toEqual({ row: -1, column: 3 });
    expect(moveTo('ArrowUp', false, { row: 0, column: -1 }, size)).toEqual({ row: 0, column: -1 });
    expect(moveTo('ArrowDown', false, { row: 199, column: 2 }, size)).toEqual({ row: 199, column: 2 });
    expect(moveTo('PageDown', false, { row: 190, column: 2 }, size)).toEqual({ row: 199, column: 2 });
    expect(moveTo('End', true, { row: 0, column: 0 }, size)).toEqual({ row: 199, column: 499 });
    expect(moveTo('x', false, { row: 0, column: 0 }, size)).toBeUndefined();
  });
});
