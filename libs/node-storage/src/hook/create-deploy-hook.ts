import type { DeployHook } from '../ports.js';

export interface DeployHookOptions {
  readonly timeoutMs: number;
}

/** No hook, a command line run by `/bin/sh -c`, or an http(s) URL that gets the context as JSON by POST. */
export declare function createDeployHook(commandOrUrl: string | undefined, options: DeployHookOptions): DeployHook;
