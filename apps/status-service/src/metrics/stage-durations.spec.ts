import { STAGES } from '@muster/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stageDurations, type Moments } from './stage-durations.js';

test('each stage ends where the next begins', () => {
  const durations = stageDurations({
    committedAt: 100,
    publishedAt: 101,
    receivedAt: 103,
    startedAt: 106,
    fetchedAt: 110,
    stagedAt: 115,
    switchedAt: 121,
    deployedAt: 128,
    provenAt: 136,
  });
  expect(durations).toEqual({ publish: 1, receive: 2, wait: 3, fetch: 4, stage: 5, switch: 6, deploy: 7, prove: 8 });
});

test('what is unknown goes to the next stage', () => {
  const durations = stageDurations({ committedAt: 100, startedAt: 150, receivedAt: null, provenAt: 160 });
  expect(durations).toMatchObject({ publish: 0, receive: 0, wait: 50, fetch: 0, prove: 10 });
});

test('whatever the clocks say, the stages add up to the total and none is negative', () => {
  const moment = fc.option(fc.integer({ min: 0, max: 1_000 }));
  const names = ['publishedAt', 'receivedAt', 'startedAt', 'fetchedAt', 'stagedAt', 'switchedAt', 'deployedAt'];
  const known = fc.integer({ min: 0, max: 1_000 });
  const record = { ...Object.fromEntries(names.map((name) => [name, moment])), committedAt: known, provenAt: known };
  fc.assert(
    fc.property(fc.record(record), (moments) => {
      const durations = stageDurations(moments as unknown as Moments);
      const total = STAGES.reduce((sum, stage) => sum + durations[stage], 0);
      const { committedAt, provenAt } = moments as unknown as Moments;
      return total === Math.max(0, provenAt - committedAt) && STAGES.every((stage) => durations[stage] >= 0);
    }),
  );
});
