import type { ImportPlan, ImportResult, Problem } from '@muster/contracts';
import { signal } from '@preact/signals';
import { joined, setName } from '../model/file-set.js';
import { APART, type Together } from '../model/together.js';
import { newUuid } from '../model/new-uuid.js';
import { NO_SWITCHES, searchOf, type SwitchKey, type Switches } from '../model/import-switches.js';
import { tell } from './notices.js';
import { navigate, to } from './router.js';
import { stopUpload, upload, type Progress } from './upload.js';

/** Where one import stands. What was dropped or chosen together is one import: one plan, one revision. */
export type ImportJob =
  | {
      readonly step: 'planning' | 'uploading';
      readonly files: readonly File[];
      readonly progress: Progress;
      readonly plan?: ImportPlan;
      /** Set where it is to be activated on all nodes together: the id by which it is asked for meanwhile. */
      readonly proposal?: string | undefined;
    }
  | { readonly step: 'planned'; readonly files: readonly File[]; readonly plan: ImportPlan }
  | {
      readonly step: 'refused';
      readonly files: readonly File[];
      readonly problem: Problem;
      /** What was refused: the plan, or the import itself. */
      readonly act: 'plan' | 'import';
      readonly proposal?: string | undefined;
    };

export const job = signal<ImportJob | undefined>(undefined);
/** They hold for one import, and for every plan of it. */
export const switches = signal<Switches>(NO_SWITCHES);
/** Whether every node is to be ready before the first of them is changed, and how long they may take. */
export const together = signal<Together>(APART);

/** Files that come while a set is open join it; the plan is made anew. */
export function takeFiles(files: readonly File[]): void {
  if (files.length === 0) return;
  const current = job.peek();
  navigate(to.import());
  if (current?.step === 'uploading') {
    tell(`${setName(current.files)} is being imported: add ${setName(files)} when that has ended`);
    return;
  }
  void makePlan(joined(current?.files ?? [], files));
}

export function takeOut(file: File): void {
  const current = job.peek();
  if (!current || current.step === 'uploading') return;
  const rest = current.files.filter((one) => one !== file);
  if (rest.length === 0) dropJob();
  else void makePlan(rest);
}

export function turn(key: SwitchKey, on: boolean): void {
  switches.value = { ...switches.peek(), [key]: on };
  planAgain();
}

export function waitForAll(change: Partial<Together>): void {
  together.value = { ...together.peek(), ...change };
}

export function planAgain(): void {
  const current = job.peek();
  if (current && current.step !== 'uploading') void makePlan(current.files);
}

export function dropJob(): void {
  stopUpload();
  job.value = undefined;
  switches.value = NO_SWITCHES;
  together.value = APART;
}

async function makePlan(files: readonly File[]): Promise<void> {
  const search = { dryRun: 'true', ...searchOf(switches.peek()) };
  const answer = await upload<ImportPlan>(files, search, (progress) => {
    job.value = { step: 'planning', files, progress };
  });
  if (answer === undefined) return;
  job.value = answer.ok
    ? { step: 'planned', files, plan: answer.value }
    : { step: 'refused', files, problem: answer.problem, act: 'plan' };
}

export async function importFiles(files: readonly File[], plan: ImportPlan): Promise<void> {
  const { isOn, deadlineSeconds } = together.peek();
  const proposal = isOn ? newUuid() : undefined;
  const search = {
    ...searchOf(switches.peek()),
    ...(proposal !== undefined && { activate: 'together', deadline: `${deadlineSeconds}s`, proposal }),
  };
  const answer = await upload<ImportResult>(files, search, (progress) => {
    job.value = { step: 'uploading', files, progress, plan, proposal };
  });
  if (answer === undefined) return;
  if (!answer.ok) {
    job.value = { step: 'refused', files, problem: answer.problem, act: 'import', proposal };
    return;
  }
  dropJob();
  // From here on the address says all: the page may be closed and opened again.
  navigate(to.import(answer.value.revision));
}
