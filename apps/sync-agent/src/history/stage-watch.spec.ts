import { describe, expect, test } from 'vitest';
import { StageWatch, stagesOf } from './stage-watch.js';

type State = Parameters<StageWatch['observe']>[0]['state'];

function watched(...states: readonly (readonly [State, number])[]): StageWatch {
  const watch = new StageWatch();
  for (const [state, at] of states) watch.observe({ extension: 'Foo', state }, at);
  return watch;
}

describe('the moments of a change', () => {
  test('are those at which the next stage begins, and the stages add up', () => {
    const watch = watched(
      ['queued', 1],
      ['fetching', 10],
      ['verifying', 15],
      ['staging', 20],
      ['installing', 50],
      ['deploying', 55],
      ['in-sync', 80],
    );
    expect(watch.outcome('Foo')).toBe('done');
    const moments = watch.moments('Foo', 100);
    expect(moments).toEqual({ started: 10, fetched: 20, staged: 50, switched: 55, deployed: 80, ended: 80 });
    const stages = stagesOf({ ...moments, received: 4, proven: 100 });
    expect(stages).toEqual([
      ['wait', 6],
      ['fetch', 10],
      ['stage', 30],
      ['switch', 5],
      ['deploy', 25],
      ['prove', 20],
    ]);
    expect(stages.reduce((sum, [, durationMs]) => sum + durationMs, 0)).toBe(100 - 4);
  });

  test('of one that is switched with others: its hook waits for those before it', () => {
    const watch = watched(
      ['queued', 1],
      ['fetching', 10],
      ['staging', 20],
      ['installing', 50],
      ['queued', 52],
      ['deploying', 70],
      ['in-sync', 80],
    );
    expect(watch.moments('Foo', 100)).toMatchObject({ staged: 50, switched: 52, deployed: 80 });
  });

  test('of a removal and of a hook alone leave out what was not', () => {
    const removal = watched(['removing', 10], ['deploying', 12], ['in-sync', 30]).moments('Foo', 40);
    expect(stagesOf({ ...removal, proven: 40 })).toEqual([
      ['switch', 2],
      ['deploy', 18],
      ['prove', 10],
    ]);
  });

  test('of a failure end with it: the hook that takes it back is none of them', () => {
    const watch = watched(['staging', 10], ['installing', 20], ['deploying', 30], ['deploying', 60], ['parked', 70]);
    expect(watch.outcome('Foo')).toBe('parked');
    expect(watch.moments('Foo', 99)).toMatchObject({ switched: 30, ended: 70 });
    expect(watch.moments('Foo', 99)).not.toHaveProperty('deployed');
  });

  test('of what was only prepared are no change, and of what was left in the middle are an interrupted one', () => {
    expect(watched(['queued', 1]).outcome('Foo')).toBeUndefined();
    expect(watched(['fetching', 1], ['staging', 2]).outcome('Foo')).toBeUndefined();
    expect(watched(['fetching', 1], ['staging', 2], ['installing', 3]).outcome('Foo')).toBe('begun');
    expect(watched(['removing', 1], ['deploying', 3]).outcome('Foo')).toBe('begun');
  });
});
