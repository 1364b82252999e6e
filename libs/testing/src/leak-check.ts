import { waitFor } from './wait-for.js';

/** What comes and goes with any work and holds nothing open. */
const HARMLESS = new Set([
  'Immediate',
  'TickObject',
  'FSReqPromise',
  'FSReqCallback',
  'CloseReq',
  'PROMISE',
  'RANDOMBYTESREQUEST',
]);

export interface LeakCheck {
  /** Fails, naming them, when more sockets, timers, workers, processes … are open than when the check began. */
  assertNone(deadlineMs?: number): Promise<void>;
}

/** Notes what keeps this process busy now; `assertNone` is for the end of the test, once everything was closed. */
export function beginLeakCheck(): LeakCheck {
  const before = openResources();
  return {
    async assertNone(deadlineMs = 3_000) {
      let leaked: string[] = [];
      const clean = (): boolean => {
        leaked = [...openResources()]
          .filter(([type, count]) => count > (before.get(type) ?? 0))
          .map(([type, count]) => `${count - (before.get(type) ?? 0)} ${type}`);
        return leaked.length === 0;
      };
      // The wait's own timer is not counted: it has fired whenever the condition is looked at.
      await waitFor(clean, { deadlineMs, what: 'everything to be closed' }).catch(() => {
        throw new Error(`left open: ${leaked.join(', ')}`);
      });
    },
  };
}

function openResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    if (!HARMLESS.has(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}
