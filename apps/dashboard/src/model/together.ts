/** Whether an import waits until every node is ready, and how long at most. */
export interface Together {
  readonly isOn: boolean;
  readonly deadlineSeconds: number;
}

/** As the service has them (`PROPOSAL_DEADLINE`): the contracts' values would bring their schemas along. */
export const DEADLINE_SECONDS = { usual: 60, min: 1, max: 3_600 };

/** Each node takes it when it can. */
export const APART: Together = { isOn: false, deadlineSeconds: DEADLINE_SECONDS.usual };
