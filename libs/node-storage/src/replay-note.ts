import { readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory, writeDurably } from './disk/durable.js';
import { isMissing } from './disk/failure.js';

/**
 * `.muster/replay`: that a replay has begun on this storage, and what it found to be done. It is written before its first
 * change, so that one that was cut short by a crash is neither taken for a new one, whose plan no longer holds, nor said to
 * have done nothing. What stands there is never read from it.
 */
export interface ReplayNote {
  /** The order's id. */
  readonly order: string;
  /** Zip bytes that had to be fetched, by the extension that had to be brought. */
  readonly install: Readonly<Record<string, number>>;
  readonly remove: readonly string[];
  readonly deploy: readonly string[];
}

export class ReplayNoteFile {
  constructor(
    private readonly file: string,
    private readonly temporary: string,
  ) {}

  /** Undefined where there is none, or none that can be understood. */
  async read(): Promise<ReplayNote | undefined> {
    try {
      return checkNote(JSON.parse(await readFile(this.file, 'utf8')) as Partial<ReplayNote> | null);
    } catch (error) {
      if (isMissing(error) || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  async write(note: ReplayNote): Promise<void> {
    await writeDurably(this.file, `${JSON.stringify(note)}\n`, this.temporary);
  }

  async remove(): Promise<void> {
    try {
      await unlink(this.file);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    await syncDirectory(dirname(this.file));
  }
}

function checkNote(value: Partial<ReplayNote> | null): ReplayNote | undefined {
  const { order, install, remove, deploy } = value ?? {};
  const whole =
    typeof order === 'string' &&
    typeof install === 'object' &&
    Object.values(install ?? {}).every((bytes) => typeof bytes === 'number') &&
    [remove, deploy].every((names) => Array.isArray(names) && names.every((name) => typeof name === 'string'));
  return whole ? (value as ReplayNote) : undefined;
}
