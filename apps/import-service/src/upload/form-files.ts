import busboy from 'busboy';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { HttpProblem } from '@muster/service-kit';
import { HOW_TO_SEND } from './upload-file.js';

const LIMITS = { files: 2, fields: 50, parts: 60, fieldSize: 65_536, fieldNameSize: 1_024, headerPairs: 100 };

/**
 * The one file of a form, whatever its part is called; `take` is given its bytes. Fields are read over. Ends when the whole
 * form was read.
 *
 * @throws HttpProblem 400 `form-invalid`, `form-without-file`, `several-files`; what `take` throws
 */
export function readFormFile<T>(request: IncomingMessage, take: (bytes: Readable) => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const form = openForm(request);
    let taken: Promise<T> | undefined;
    const fail = (error: unknown): void => {
      request.unpipe(form);
      form.destroy();
      reject(error as Error);
    };
    form.on('file', (_name, bytes) => {
      if (taken !== undefined) {
        bytes.on('error', () => undefined).resume();
        fail(badForm('several-files', 'the form holds more than one file'));
        return;
      }
      taken = take(bytes);
      taken.catch(fail);
    });
    form.on('error', (error) => fail(badForm('form-invalid', `the form cannot be read: ${(error as Error).message}`)));
    form.on('close', () => {
      if (taken === undefined) fail(badForm('form-without-file', 'the form holds no file'));
      else taken.then(resolve, fail);
    });
    request.once('error', fail).once('aborted', () => fail(new Error('aborted')));
    request.pipe(form);
  });
}

function openForm(request: IncomingMessage): busboy.Busboy {
  try {
    return busboy({ headers: request.headers, limits: LIMITS });
  } catch (error) {
    throw badForm('form-invalid', `the form cannot be read: ${(error as Error).message}`);
  }
}

function badForm(code: string, detail: string): HttpProblem {
  return new HttpProblem(400, code, detail, { remedy: HOW_TO_SEND });
}
