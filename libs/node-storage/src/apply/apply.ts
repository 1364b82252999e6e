import { nameKey } from '@muster/contracts';
import { toMusterError } from '../disk/failure.js';
import { plan as makePlan } from '../plan/plan.js';
import type { Plan, PlanOptions } from '../plan/step.js';
import { ApplyContext } from './apply-context.js';
import type { ApplyOptions, ApplyPolicy, ApplyResult } from './apply-options.js';
import { applyOrBackOut } from './back-out.js';
import { applyAndPark } from './park.js';
import { stoppable } from './staging-context.js';

/**
 * The one way into a node's storage: makes it match the wanted state. It looks at the disk itself, under the lock that the
 * caller holds. Throws `ApplyFailed` where the policy is to back out, `StorageError` (`aborted`, `lock-lost`) where it was
 * stopped; an outage is thrown as it is. After each of these the next apply heals what is left.
 */
export function apply(options: ApplyOptions): Promise<ApplyResult> {
  return stoppable(options, () => applyHeld(options));
}

async function applyHeld(options: ApplyOptions): Promise<ApplyResult> {
  const { storage, held, wanted, policy } = options;
  held.assertHeld();
  held.atRevision(wanted.revision);
  const context = new ApplyContext(options);
  const local = await storage.inspect({
    wantedNames: new Set(wanted.extensions.map(({ name }) => name)),
    wantedZips: new Map(wanted.extensions.map(({ name, sha256 }) => [name, sha256])),
    ...(options.only && { only: await namesToRead(options) }),
    ...(options.signal && { signal: options.signal }),
  });
  const plan = makePlan(wanted, local, planOptions(options));
  for (const { name } of plan.steps) context.report(name, 'queued');
  const result = await take(context, plan, policy).finally(() => context.turn.release());
  if (policy.kind === 'back-out' || options.only !== undefined) return result;
  try {
    await storage.recordApplied(held, context.base);
    return result;
  } catch (error) {
    // Only a hint, which the next apply gives again: what was done stays done.
    const warning = toMusterError(error, 'recording the revision last applied').message;
    return { ...result, warnings: [...result.warnings, warning] };
  }
}

function take(context: ApplyContext, plan: Plan, policy: ApplyPolicy): Promise<ApplyResult> {
  return policy.kind === 'park' ? applyAndPark(context, plan) : applyOrBackOut(context, plan, policy);
}

/** The touched names, and those that differ from one of them only by case or form. */
async function namesToRead({ storage, only = new Set() }: ApplyOptions): Promise<ReadonlySet<string>> {
  const keys = new Set([...only].map(nameKey));
  const present = await storage.names();
  return new Set([...only, ...present.filter((name) => keys.has(nameKey(name)))]);
}

function planOptions({ only, redeploy, foreign, policy }: ApplyOptions): PlanOptions {
  return {
    ...(only && { only }),
    ...(redeploy && { redeploy }),
    ...(foreign && { foreign }),
    ...(policy.kind === 'park' && policy.parked && { parked: policy.parked }),
  };
}
