import type { Plan } from '../plan/step.js';
import { unitsOf } from '../plan/units.js';
import type { ApplyContext } from './apply-context.js';
import type { ApplyResult } from './apply-options.js';
import { ParkOutcomes } from './park-outcomes.js';
import { StagingPipeline } from './staging-pipeline.js';
import { SyncGate } from './sync-gate.js';
import { UnitRun } from './unit-run.js';

/**
 * The agent's way: unit after unit, in plan order, each finished before the next is switched. What fails is put back and
 * parked, what comes after it is held back, everything else goes on; a unit whose turn it is not ends the run.
 */
export async function applyAndPark(context: ApplyContext, plan: Plan): Promise<ApplyResult> {
  const outcomes = new ParkOutcomes(context);
  const gate = new SyncGate(context);
  const pipeline = new StagingPipeline(context, gate, plan.steps);
  try {
    for (const unit of unitsOf(plan.steps, context.limits)) {
      if ((await new UnitRun({ context, outcomes, gate, pipeline }).take(unit)) === 'waits') break;
    }
  } finally {
    await pipeline.close();
  }
  return outcomes.result(plan);
}
