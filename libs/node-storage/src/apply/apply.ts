import type { ApplyOptions, ApplyResult } from './apply-options.js';

/**
 * The one way into a node's storage: makes it match the wanted state. Throws `ApplyFailed` where the policy is to back out;
 * an outage (no catalog, no lock) is thrown as it is, with the storage in a state that the next apply heals.
 */
export declare function apply(options: ApplyOptions): Promise<ApplyResult>;
