import { describe, expect, test } from 'vitest';
import { LookRequests } from './look-requests.js';

const forever = new AbortController().signal;

describe('requests for a look', () => {
  test('any number become one', async () => {
    const requests = new LookRequests();
    requests.ask({ reason: 'event', verify: new Set(['A']), retry: new Set(['B']) });
    requests.ask({ reason: 'event' });
    requests.ask({ reason: 'timer', verify: new Set(['C']) });
    expect(await requests.next(forever)).toEqual({
      reasons: new Set(['event', 'timer']),
      verify: new Set(['A', 'C']),
      retry: new Set(['B']),
    });
    const next = requests.next(forever);
    let came = false;
    void next.then(() => (came = true));
    await new Promise(setImmediate);
    expect(came).toBe(false);
    requests.ask({ reason: 'order', retry: 'all' });
    expect(await next).toMatchObject({ reasons: new Set(['order']), retry: 'all' });
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
    requests.ask({ reason: 'order', verify: 'all' });
    const failed = await requests.next(forever);
    requests.ask({ reason: 'event' });
    requests.restore(failed!);
    expect(await requests.next(forever)).toMatchObject({ reasons: new Set(['order', 'event']), verify: 'all' });
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
