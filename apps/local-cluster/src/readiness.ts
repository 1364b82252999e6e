import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;
const PROBE_TIMEOUT_MS = 3_000;

/** Undefined when the service is ready; else why it is not, as far as it says. */
export async function probe(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    const text = await answer.text();
    if (answer.ok) return undefined;
    return detailOf(text) ?? `/health/ready answers ${answer.status}`;
  } catch {
    return 'it does not answer';
  }
}

/** Waits for `url` to be ready. Undefined when it is; at the deadline, or when `signal` says so, why it is not. */
export async function waitUntilReady(url: string, deadline: number, signal: AbortSignal): Promise<string | undefined> {
  for (;;) {
    const reason = await probe(url);
    if (reason === undefined || signal.aborted || Date.now() > deadline) return reason;
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
}
