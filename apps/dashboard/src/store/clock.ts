import { signal } from '@preact/signals';

/** Local milliseconds, once a second: what shows an age reads it. */
export const tick = signal(Date.now());

let aheadMs = 0;

/** The server's clock, as the latest message told it: ages do not depend on this computer's own. */
export function serverNow(): number {
  return tick.value + aheadMs;
}

export function learnTime(at: string): void {
  const now = Date.now();
  aheadMs = Date.parse(at) - now;
  tick.value = now;
}

export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) tick.value = Date.now();
  }, 1_000);
  document.addEventListener('visibilitychange', () => {
    tick.value = Date.now();
  });
}
