import { cpSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Random } from './random.js';

export interface Victim {
  /** The directory of one extension on one node. */
  readonly directory: string;
  /** Paths of files in it. */
  readonly files: readonly string[];
  /** The tree of an earlier version of it. */
  readonly older: string;
  /** On the same file system; outside `extensions`. */
  readonly aside: string;
}

/** What happens to disks. */
export const DAMAGES: Readonly<Record<string, (victim: Victim, random: Random) => void>> = {
  'a byte flipped, size and time as before': ({ directory, files }, random) => {
    const file = path.join(directory, random.pick(files));
    const { atime, mtime } = statSync(file);
    const bytes = readFileSync(file);
    const place = random.below(bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << random.below(8));
    writeFileSync(file, bytes);
    utimesSync(file, atime, mtime);
  },
  'a file deleted': ({ directory, files }, random) => rmSync(path.join(directory, random.pick(files))),
  'a file added': ({ directory, files }, random) =>
    writeFileSync(path.join(directory, `${random.pick(files)}.extra`), 'nobody asked for this'),
  'the directory swapped for an older version': ({ directory, older, aside }) => {
    cpSync(older, `${aside}-older`, { recursive: true });
    renameSync(directory, aside);
    renameSync(`${aside}-older`, directory);
    rmSync(aside, { recursive: true });
  },
};
