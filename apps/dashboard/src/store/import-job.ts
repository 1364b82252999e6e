import type { ImportPlan, ImportResult, Problem } from '@muster/contracts';
import { signal } from '@preact/signals';
import { joined, setName } from '../model/file-set.js';
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
    }
  | { readonly step: 'planned'; readonly files: readonly File[]; readonly plan: ImportPlan }
  | {
      readonly step: 'refused';
      readonly files: readonly File[];
      readonly problem: Problem;
      /** What was refused: the plan, or the import itself. */
      readonly act: 'plan' | 'import';
    };

export const job = signal<ImportJob | undefined>(undefined);
/** They hold for one import, and for every plan of it. */
export const switches = signal<Switches>(NO_SWITCHES);

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

export function planAgain(): void {
  const current = job.peek();
  if (current && current.step !== 'uploading') void makePlan(current.files);
}

export function dropJob(): void {
  stopUpload();
  job.value = undefined;
  switches.value = NO_SWITCHES;
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
  const answer = await upload<ImportResult>(files, searchOf(switches.peek()), (progress) => {
    job.value = { step: 'uploading', files, progress, plan };
  });
  if (answer === undefined) return;
  if (!answer.ok) {
    job.value = { step: 'refused', files, problem: answer.problem, act: 'import' };
    return;
  }
  dropJob();
  // From here on the address says all: the page may be closed and opened again.
  navigate(to.import(answer.value.revision));
}
