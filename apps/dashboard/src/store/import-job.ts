import type { ImportPlan, ImportResult, Problem } from '@muster/contracts';
import { signal } from '@preact/signals';
import { UploadRate } from '../model/upload-rate.js';
import { answerOf, plain, unreachable, type Answer } from './api.js';
import { navigate, to } from './router.js';

export interface Progress {
  readonly sent: number;
  readonly total: number;
  readonly bytesPerSecond?: number | undefined;
  readonly startedAt: number;
}

/** Where the import of one file stands. */
export type ImportJob =
  | {
      readonly step: 'planning' | 'uploading';
      readonly file: File;
      readonly progress: Progress;
      readonly plan?: ImportPlan;
    }
  | { readonly step: 'planned'; readonly file: File; readonly plan: ImportPlan }
  | { readonly step: 'refused'; readonly file: File; readonly problem: Problem };

export const job = signal<ImportJob | undefined>(undefined);
/** Files that were dropped together with the one in hand: each gets its own plan, one after another. */
export const filesWaiting = signal<readonly File[]>([]);
let request: XMLHttpRequest | undefined;

export function takeFiles(files: readonly File[]): void {
  const [first, ...rest] = files;
  if (first === undefined) return;
  filesWaiting.value = [...filesWaiting.value, ...rest];
  navigate(to.import());
  void makePlan(first);
}

export function nextFile(): void {
  const [next, ...rest] = filesWaiting.value;
  filesWaiting.value = rest;
  job.value = undefined;
  if (next !== undefined) takeFiles([next]);
}

export function dropJob(): void {
  request?.abort();
  request = undefined;
  job.value = undefined;
  filesWaiting.value = [];
}

export async function makePlan(file: File): Promise<void> {
  const answer = await send<ImportPlan>(file, '?dryRun=true', (progress) => {
    job.value = { step: 'planning', file, progress };
  });
  if (answer === undefined) return;
  job.value = answer.ok
    ? { step: 'planned', file, plan: answer.value }
    : { step: 'refused', file, problem: answer.problem };
}

export async function importFile(file: File, plan: ImportPlan): Promise<void> {
  const answer = await send<ImportResult>(file, '', (progress) => {
    job.value = { step: 'uploading', file, progress, plan };
  });
  if (answer === undefined) return;
  if (!answer.ok) {
    job.value = { step: 'refused', file, problem: answer.problem };
    return;
  }
  job.value = undefined;
  // From here on the address says all: the page may be closed and opened again.
  navigate(to.import(answer.value.revision));
}

/** Undefined when it was called off. `fetch` tells nothing of an upload's progress. */
function send<T>(file: File, search: string, onProgress: (progress: Progress) => void): Promise<Answer<T> | undefined> {
  const startedAt = Date.now();
  const rate = new UploadRate();
  const call = new XMLHttpRequest();
  request?.abort();
  request = call;
  const report = (sent: number): void => {
    rate.add(sent, Date.now());
    onProgress({ sent, total: file.size, bytesPerSecond: rate.bytesPerSecond, startedAt });
  };
  return new Promise((resolve) => {
    call.upload.addEventListener('progress', ({ loaded }) => report(Math.min(loaded, file.size)));
    call.addEventListener('load', () => resolve(answerOf<T>(call.status, call.responseText)));
    call.addEventListener('error', () => resolve({ ok: false, problem: lostUpload(file) }));
    call.addEventListener('abort', () => resolve(undefined));
    call.open('POST', `/imports${search}`);
    call.setRequestHeader('content-type', 'application/zip');
    call.setRequestHeader('accept', 'application/json');
    report(0);
    call.send(file);
  });
}

function lostUpload(file: File): Problem {
  if (navigator.onLine) return unreachable(`the upload of ${file.name} was cut off`);
  return plain(0, 'offline', `this computer is offline; ${file.name} was not sent`);
}
