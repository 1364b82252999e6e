import { describe, expect, test } from 'vitest';
import type { Step } from '@muster/node-storage';
import { stepsOfLook } from './steps-of-look.js';

const install = (name: string, revision: number): Step =>
  ({ kind: 'install', name, why: '', after: [], wanted: { name, revision } }) as unknown as Step;
const remove = (name: string): Step => ({ kind: 'remove', name, why: '', after: [], local: { name } }) as Step;

describe('the steps of one look', () => {
  test('are the first of the plan', () => {
    const steps = [install('A', 1), install('B', 2), install('C', 3)];
    expect(stepsOfLook(steps, 2)).toEqual(steps.slice(0, 2));
    expect(stepsOfLook(steps, 5)).toEqual(steps);
    expect(stepsOfLook([], 5)).toEqual([]);
  });

  test('never cut a revision in two', () => {
    const steps = [install('A', 1), install('B', 2), install('C', 2), install('D', 2), install('E', 3)];
    expect(stepsOfLook(steps, 2).map(({ name }) => name)).toEqual(['A', 'B', 'C', 'D']);
  });

  test('may cut removals anywhere', () => {
    expect(stepsOfLook([remove('A'), remove('B'), remove('C')], 2)).toHaveLength(2);
  });
});
