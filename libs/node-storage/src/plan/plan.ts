import type { WantedState } from '../ports.js';
import type { LocalState } from '../tree/local-state.js';
import type { Plan, PlanOptions } from './step.js';

/** What must be done, in order, to make the local state match the wanted one. Pure. */
export declare function plan(wanted: Pick<WantedState, 'extensions'>, local: LocalState, options?: PlanOptions): Plan;
