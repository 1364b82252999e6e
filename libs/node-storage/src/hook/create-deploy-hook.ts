import type { DeployHook } from '../ports.js';
import { CommandHook, RUNNER_MARGIN_MS } from './command-hook.js';
import { HttpHook } from './http-hook.js';

export interface DeployHookOptions {
  readonly timeoutMs: number;
  /** Between asking a hook to end (TERM) and ending it (KILL); 2 s by default. */
  readonly graceMs?: number;
}

/** From asking a hook to end (TERM) to ending it (KILL), in ms. */
const GRACE_MS = 2_000;

/** How long a hook with this timeout can run at most, whatever becomes of who started it, in ms. */
export function hookDeadlineMs(timeoutMs: number): number {
  return timeoutMs + GRACE_MS + RUNNER_MARGIN_MS;
}

const NO_HOOK: DeployHook = { run: () => Promise.resolve({ ok: true, durationMs: 0 }) };

/** No hook, a command line run by `/bin/sh -c`, or an http(s) URL that gets the context as JSON by POST. */
export function createDeployHook(commandOrUrl: string | undefined, options: DeployHookOptions): DeployHook {
  const text = commandOrUrl?.trim() ?? '';
  if (text === '') return NO_HOOK;
  if (/^https?:\/\//i.test(text)) return new HttpHook(new URL(text), options.timeoutMs);
  return new CommandHook(text, options.timeoutMs, options.graceMs ?? GRACE_MS);
}
