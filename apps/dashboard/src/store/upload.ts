import type { Problem } from '@muster/contracts';
import { setName, sizeOf } from '../model/file-set.js';
import { UploadRate } from '../model/upload-rate.js';
import { answerOf, plain, unreachable, type Answer } from './api.js';

export interface Progress {
  readonly sent: number;
  readonly total: number;
  readonly bytesPerSecond?: number | undefined;
  readonly startedAt: number;
}

let request: XMLHttpRequest | undefined;

export function stopUpload(): void {
  request?.abort();
  request = undefined;
}

/**
 * Sends files as one import: a single one as the body itself, several as one form. Undefined when it was called off. `fetch`
 * tells nothing of an upload's progress.
 */
export function upload<T>(
  files: readonly File[],
  search: Readonly<Record<string, string>>,
  onProgress: (progress: Progress) => void,
): Promise<Answer<T> | undefined> {
  const startedAt = Date.now();
  const rate = new UploadRate();
  const total = sizeOf(files);
  const call = new XMLHttpRequest();
  stopUpload();
  request = call;
  const report = (sent: number): void => {
    rate.add(sent, Date.now());
    onProgress({ sent, total, bytesPerSecond: rate.bytesPerSecond, startedAt });
  };
  return new Promise((resolve) => {
    // A form is a little longer than its files.
    call.upload.addEventListener('progress', ({ loaded }) => report(Math.min(loaded, total)));
    call.addEventListener('load', () => resolve(answerOf<T>(call.status, call.responseText)));
    call.addEventListener('error', () => resolve({ ok: false, problem: lostUpload(files) }));
    call.addEventListener('abort', () => resolve(undefined));
    call.open('POST', `/imports?${new URLSearchParams(search).toString()}`);
    call.setRequestHeader('accept', 'application/json');
    const [only, ...others] = files;
    if (only !== undefined && others.length === 0) call.setRequestHeader('content-type', 'application/zip');
    report(0);
    call.send(only !== undefined && others.length === 0 ? only : formOf(files));
  });
}

function formOf(files: readonly File[]): FormData {
  const form = new FormData();
  for (const file of files) form.append('file', file, file.name);
  return form;
}

function lostUpload(files: readonly File[]): Problem {
  const what = setName(files);
  if (navigator.onLine) return unreachable(`the upload of ${what} was cut off`);
  return plain(0, 'offline', `this computer is offline; ${what} was not sent`);
}
