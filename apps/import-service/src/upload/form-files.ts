import busboy from 'busboy';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { HttpProblem } from '@muster/service-kit';
import type { ImportBudget } from './import-budget.js';
import { HOW_TO_SEND } from './upload-file.js';

const MAX_FIELDS = 50;
const LIMITS = { fields: MAX_FIELDS, fieldSize: 65_536, fieldNameSize: 1_024, headerPairs: 100 };
const MAX_NAME_LENGTH = 255;

/**
 * The files of a form, whatever their parts are called, in order; `take` is given the bytes and the name of each. Fields are
 * read over. Ends when the whole form was read.
 *
 * @throws HttpProblem 400 `form-invalid`, `form-without-file`, 413 `too-many-packages`; what `take` throws
 */
export function readFormFiles<T>(
  request: IncomingMessage,
  budget: ImportBudget,
  take: (bytes: Readable, index: number, name: string | undefined) => Promise<T>,
): Promise<T[]> {
  return new Promise<T[]>((resolve, reject) => {
    const form = openForm(request, budget.limits.maxPackages);
    const taken: Promise<T>[] = [];
    const fail = (error: unknown): void => {
      request.unpipe(form);
      form.destroy();
      reject(error as Error);
    };
    form.on('file', (_part, bytes, { filename }) => {
      const one = take(bytes, taken.length, nameOf(filename));
      // What ended the form, or another file of it, ends this one: it is told of once.
      one.catch(fail);
      taken.push(one);
    });
    form.on('filesLimit', () => fail(budget.tooManyPackages(budget.limits.maxPackages + 1)));
    form.on('error', (error) => fail(badForm('form-invalid', `the form cannot be read: ${(error as Error).message}`)));
    form.on('close', () => {
      if (taken.length === 0) fail(badForm('form-without-file', 'the form holds no file'));
      else Promise.all(taken).then(resolve, fail);
    });
    request.once('error', fail).once('aborted', () => fail(new Error('aborted')));
    request.pipe(form);
  });
}

/** For messages only: without its directories and whatever a terminal might take for a command. */
function nameOf(filename: string | undefined): string | undefined {
  // eslint-disable-next-line no-control-regex
  const name = filename?.replace(/^.*[/\\]/, '').replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
  return name === undefined || name === '' ? undefined : name.slice(0, MAX_NAME_LENGTH);
}

function openForm(request: IncomingMessage, maxFiles: number): busboy.Busboy {
  try {
    const limits = { ...LIMITS, files: maxFiles, parts: maxFiles + 1 + MAX_FIELDS };
    return busboy({ headers: request.headers, limits, defParamCharset: 'utf8' });
  } catch (error) {
    throw badForm('form-invalid', `the form cannot be read: ${(error as Error).message}`);
  }
}

function badForm(code: string, detail: string): HttpProblem {
  return new HttpProblem(400, code, detail, { remedy: HOW_TO_SEND });
}
