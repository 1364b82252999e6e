import { describe, expect, test } from 'vitest';
import { chooseRejoin } from './choose-rejoin.js';
import type { RejoinSight } from './choose-rejoin.js';

const at = (revision: number) => ({ catalogId: 'c', revision, chain: String(revision) });
const tail: RejoinSight = {
  applied: at(4),
  head: at(7),
  began: { kind: 'resumed', detail: 'at position 4' },
  changes: 3,
  maxChanges: 10,
  accepted: false,
  vouched: true,
};

describe('a node that comes back', () => {
  test('goes along the tail where nothing can have been missed', () => {
    expect(chooseRejoin(tail)).toEqual({
      way: 'log-tail',
      reason: 'absent for 3 changes (revisions 5 to 7), and the log goes on from there: at position 4',
    });
    expect(chooseRejoin({ ...tail, head: at(4), changes: 0 }).reason).toContain('absent for 0 changes (none)');
  });

  test.each<[string, Partial<RejoinSight>, string]>([
    ['that was never here', { applied: undefined }, 'first start'],
    ['whose fork was ended', { accepted: true }, 'accepted after a fork'],
    [
      'whose log lost what follows',
      { began: { kind: 'lost', detail: 'cut' } },
      'no longer holds what follows revision 4: cut',
    ],
    ['that the log does not know', { began: { kind: 'fresh', detail: 'none' } }, 'knows no place'],
    [
      'that has been here before, where the log forgot',
      { head: at(4), changes: 0, began: { kind: 'fresh', detail: 'none' } },
      'offsets were deleted since), and cannot tell what follows revision 4: none',
    ],
    ['that began without the log', { began: { kind: 'away', detail: 'no broker' } }, 'at first, and cannot tell'],
    ['while the log is away', { began: undefined }, 'does not answer'],
    ['that was away for long', { changes: 11 }, 'absent for 11 changes, which is more than 10'],
    ['that was away for very long', { changes: undefined }, 'more changes than 10'],
    ['whose digests are lost', { vouched: false }, 'digests'],
  ])('takes a snapshot when it is one %s', (_, differs, words) => {
    const { way, reason } = chooseRejoin({ ...tail, ...differs });
    expect(way).toBe('snapshot');
    expect(reason).toContain(words);
  });
});
