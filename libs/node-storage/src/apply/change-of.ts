import type { Step } from '../plan/step.js';
import type { ApplyContext } from './apply-context.js';
import { BringChange } from './bring-change.js';
import type { Change } from './change.js';
import { RemoveChange } from './remove-change.js';
import type { StagedTree } from './staged-tree.js';

export function needsTree(step: Step): step is Extract<Step, { kind: 'install' | 'replace' }> {
  return step.kind === 'install' || step.kind === 'replace';
}

export function changeOf(context: ApplyContext, step: Step, staged: StagedTree | undefined): Change {
  return step.kind === 'remove' ? new RemoveChange(context, step) : new BringChange(context, step, staged);
}
