import { openSync, closeSync, fstatSync, createReadStream, type ReadStream } from 'node:fs';
import path from 'node:path';
import { EXIT } from '../exit-code.js';
import { Failure } from '../failure.js';

/** A file that can be sent: it was there and could be read when the command began. */
export interface PackageFile {
  /** As it was written on the command line. */
  readonly given: string;
  readonly file: string;
  readonly sizeBytes: number;
}

/** Looks at all before the first is sent. @throws Failure where one cannot be sent */
export function openPackages(files: readonly string[], directory: string): PackageFile[] {
  return files.map((given) => look(given, path.resolve(directory, given)));
}

function look(given: string, file: string): PackageFile {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const facts = fstatSync(descriptor);
      if (!facts.isFile()) throw unusable(given, 'it is not a file', 'Give the zip itself.');
      return { given, file, sizeBytes: facts.size };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code = String(error) } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw unusable(given, 'there is no such file', 'Nothing was sent.');
    throw unusable(given, `it cannot be read (${code})`, 'Nothing was sent.');
  }
}

function unusable(given: string, detail: string, remedy: string): Failure {
  return new Failure(given, 'file-unusable', detail, { exitCode: EXIT.usage, happened: 'cannot be sent', remedy });
}

/** So many bytes as were announced, though the file may grow meanwhile. */
export function bytesOf({ file, sizeBytes }: PackageFile): ReadStream {
  return createReadStream(file, { end: Math.max(0, sizeBytes - 1), highWaterMark: 256 * 1024 });
}
