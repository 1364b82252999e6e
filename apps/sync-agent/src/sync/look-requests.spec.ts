import { describe, expect, test } from 'vitest';
import { LookRequests } from './look-requests.js';

const forever = new AbortController().signal;

describe('requests for a look', () => {
  test('any number become one', async () => {
    const requests = new LookRequests();
    requests.ask({ reason: 'replayed', replayed: { replayId: 'r', extension: 'A' } });
    requests.ask({ reason: 'event' });
    requests.ask({ reason: 'replayed', replayed: { replayId: 'r', extension: 'B' } });
    requests.ask({ reason: 'replayed', replayed: { replayId: 's', extension: 'A' } });
    expect(await requests.next(forever)).toEqual({
      reasons: new Set(['event', 'replayed']),
      replayed: new Map([
        ['r', new Set(['A', 'B'])],
        ['s', new Set(['A'])],
      ]),
    });
    const next = requests.next(forever);
    let came = false;
    void next.then(() => (came = true));
    await new Promise(setImmediate);
    expect(came).toBe(false);
    requests.ask({ reason: 'order' });
    expect(await next).toEqual({ reasons: new Set(['order']), replayed: new Map() });
  });

  test('who asks during a look gets the next one', async () => {
    const requests = new LookRequests();
    requests.ask({ reason: 'start' });
    await requests.next(forever);
    requests.ask({ reason: 'event' });
    expect((await requests.next(forever))?.reasons).toEqual(new Set(['event']));
  });

  test('a look that could not be made keeps what was asked of it', async () => {
    const requests = new LookRequests();
    requests.ask({ reason: 'replayed', replayed: { replayId: 'r', extension: 'A' } });
    const failed = await requests.next(forever);
    requests.ask({ reason: 'event' });
    requests.restore(failed!);
    expect(await requests.next(forever)).toEqual({
      reasons: new Set(['event', 'replayed']),
      replayed: new Map([['r', new Set(['A'])]]),
    });
  });

  test('the end is told to who waits', async () => {
    const requests = new LookRequests();
    const stop = new AbortController();
    const next = requests.next(stop.signal);
    stop.abort();
    expect(await next).toBeUndefined();
    requests.ask({ reason: 'event' });
    expect(await requests.next(stop.signal)).toBeUndefined();
  });
});
