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
      reason: '3 changes were missed (revisions 5 to 7), and the log goes on from there: at position 4',
    });
    expect(chooseRejoin({ ...tail, head: at(4), changes: 0 }).reason).toMatch(/^nothing was missed, and the log/);
    expect(chooseRejoin({ ...tail, head: at(5), changes: 1 }).reason).toMatch(
      /^1 change was missed \(revision 5\), and/,
    );
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
    ['that was away for long', { changes: 11 }, '11 changes were missed; at most 10 are followed'],
    ['that was away for very long', { changes: undefined }, 'more than 10 changes were missed'],
    ['that is to follow no change', { changes: 1, maxChanges: 0 }, '1 change was missed; none is followed one by one'],
    ['of which nobody counted', { changes: undefined, maxChanges: 0 }, 'changes were missed; none is followed'],
    ['whose digests are lost', { vouched: false }, 'digests'],
  ])('takes a snapshot when it is one %s', (_, differs, words) => {
    const { way, reason } = chooseRejoin({ ...tail, ...differs });
    expect(way).toBe('snapshot');
    expect(reason).toContain(words);
  });
});
