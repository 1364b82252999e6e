import { messageOf } from '../disk/failure.js';
import type { DeployHook, HookContext, HookResult } from '../ports.js';
import { lastOutput } from './output-tail.js';

/** A hook that is an HTTP call: POST of the context as JSON; any 2xx is success. It is not followed elsewhere. */
export class HttpHook implements DeployHook {
  constructor(
    private readonly url: URL,
    private readonly timeoutMs: number,
  ) {}

  async run(context: HookContext): Promise<HookResult> {
    const began = performance.now();
    const fail = (code: 'hook-failed' | 'hook-timeout' | 'hook-not-started', detail: string): HookResult => ({
      ok: false,
      code,
      detail: `the ${context.action} hook ${this.url.origin}${this.url.pathname} ${detail}`,
      durationMs: performance.now() - began,
    });
    try {
      const answer = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(context),
        redirect: 'manual',
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      const tail = await tailOf(answer);
      if (answer.ok) return { ok: true, durationMs: performance.now() - began };
      return fail('hook-failed', `answered ${answer.status}${tail}`);
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError') {
        return fail('hook-timeout', `did not answer within ${this.timeoutMs} ms`);
      }
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      return fail('hook-not-started', `cannot be reached: ${messageOf(cause)}`);
    }
  }
}

/** Reads the answer to its end, under the call's deadline, and keeps its end. */
async function tailOf(answer: Response): Promise<string> {
  let tail = Buffer.alloc(0);
  for await (const chunk of answer.body ?? []) tail = lastOutput(tail, chunk as Uint8Array);
  const text = tail.toString('utf8').trim();
  return text === '' ? '' : `: ${JSON.stringify(text)}`;
}
