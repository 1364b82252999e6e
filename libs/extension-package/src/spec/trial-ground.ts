import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { sha256Hex } from '@muster/contracts';
import type { PackageManifest } from '@muster/contracts';
import { createPackageReader } from '../create-package-reader.js';
import type { PackageReaderOptions } from '../create-package-reader.js';
import type { PackageContents, PackageReader } from '../package-reader.js';
import { PackageRefused } from '../package-refused.js';

/** What became of one zip. */
export interface Trial {
  /** `accepted`, or the code of the refusal. */
  readonly outcome: string;
  readonly refusal?: PackageRefused;
  readonly contents?: PackageContents;
  /** What stands in the directory that was unpacked into; undefined where it was never made. */
  readonly onDisk?: PackageManifest;
}

/** Gives zips to one reader, each in a directory of its own, and sees that nothing is written beside the target. */
export class TrialGround {
  readonly reader: PackageReader;

  constructor(
    private readonly root: string,
    options: PackageReaderOptions = {},
  ) {
    this.reader = createPackageReader(options);
  }

  /** Extracts the zip. Anything but an acceptance or a `PackageRefused` is thrown. */
  async extract(zip: Buffer): Promise<Trial> {
    const place = mkdtempSync(path.join(this.root, 'trial-'));
    const inner = path.join(place, 'a', 'b');
    const target = path.join(inner, 'out');
    try {
      mkdirSync(inner, { recursive: true });
      writeFileSync(path.join(place, 'package.zip'), zip);
      const trial = await this.#try(() => this.reader.extract(path.join(place, 'package.zip'), target));
      const beside = [...readdirSync(place), ...readdirSync(path.join(place, 'a')), ...readdirSync(inner)];
      const expected = ['a', 'package.zip', 'b', ...(existsSync(target) ? ['out'] : [])];
      if (beside.join() !== expected.join()) throw new Error(`written beside the target: ${beside.join()}`);
      return existsSync(target) ? { ...trial, onDisk: treeOf(target) } : trial;
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  }

  async check(zip: Buffer): Promise<Trial> {
    const file = path.join(mkdtempSync(path.join(this.root, 'check-')), 'package.zip');
    writeFileSync(file, zip);
    try {
      return await this.#try(() => this.reader.check(file));
    } finally {
      rmSync(path.dirname(file), { recursive: true });
    }
  }

  async #try(call: () => Promise<PackageContents>): Promise<Trial> {
    try {
      return { outcome: 'accepted', contents: await call() };
    } catch (error) {
      if (!(error instanceof PackageRefused)) throw error;
      return { outcome: error.code, refusal: error };
    }
  }
}

/** What stands on the disk, read by other means than those under test. */
export function treeOf(directory: string): PackageManifest {
  const files = [];
  const directories = [];
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort(byBytes)) {
    const file = path.join(directory, name);
    const stat = lstatSync(file);
    if (stat.isDirectory()) directories.push(name);
    else if (!stat.isFile() || (stat.mode & 0o7133) !== 0)
      throw new Error(`${name} has the mode ${stat.mode.toString(8)}`);
    else files.push({ path: name, size: stat.size, sha256: sha256Hex(readFileSync(file)) });
  }
  return { files, directories };
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
