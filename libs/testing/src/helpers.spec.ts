import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginLeakCheck } from './leak-check.js';
import { temporaryDirectory } from './temporary-directory.js';
import { waitFor } from './wait-for.js';

let earlier = '';

describe('temporaryDirectory', () => {
  it('is there in the test', async () => {
    earlier = await temporaryDirectory();
    await writeFile(path.join(earlier, 'file'), 'x');
  });
  it('is gone after the test', () => {
    expect(earlier).not.toBe('');
    expect(existsSync(earlier)).toBe(false);
  });
});

describe('waitFor', () => {
  it('answers what the condition answered', async () => {
    let n = 0;
    expect(await waitFor(() => (n += 1) > 3 && n, { what: 'four' })).toBe(4);
  });
  it('says for what it waited in vain, and why', async () => {
    const failing = (): boolean => {
      throw new Error('not there');
    };
    await expect(waitFor(failing, { what: 'the moon', deadlineMs: 50 })).rejects.toMatchObject({
      message: 'waited 50 ms in vain for the moon',
      cause: new Error('not there'),
    });
  });
});

describe('beginLeakCheck', () => {
  it('names what was left open', async () => {
    const leaks = beginLeakCheck();
    // Several: the runner's own timers come and go.
    const timers = Array.from({ length: 5 }, () => setInterval(() => undefined, 1_000));
    await expect(leaks.assertNone(50)).rejects.toThrow(/left open: .*Timeout/);
    for (const timer of timers) clearInterval(timer);
    await leaks.assertNone();
  });
});
