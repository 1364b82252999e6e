import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildPackage } from '@muster/testing';

const KILOBYTE = 1_000;
const WORDS = Array.from({ length: 4_000 }, (_, index) => `${((index * 2_654_435_761) % 2 ** 32).toString(36)}`);

/** Text that deflates to somewhat less than half, as code does. */
function text(bytes: number, seed: number): Buffer {
  const words: string[] = [];
  let length = 0;
  for (let state = seed + 1; length < bytes;) {
    state = (state * 48_271) % 2_147_483_647;
    // To the eighth: some words come far more often than others.
    const word = WORDS[Math.floor((state / 2_147_483_647) ** 8 * WORDS.length)] ?? '';
    words.push(word);
    length += word.length + 1;
  }
  return Buffer.from(words.join(' ')).subarray(0, bytes);
}

async function save(directory: string, name: string, files: Record<string, Buffer>): Promise<string> {
  const file = path.join(directory, `${name}.zip`);
  await writeFile(file, buildPackage({ name, files }));
  return file;
}

/** 2,000 files of 2 to 20 KB of text: about 9 MB as a zip, 22 MB unpacked. Every name gives other bytes. */
export function writeManyFiles(directory: string, name: string): Promise<string> {
  const salt = randomBytes(4).readUInt32LE();
  const files: Record<string, Buffer> = {};
  for (let index = 0; index < 2_000; index += 1) {
    files[`ui/group-${index % 40}/file-${index}.js`] = text((2 + ((index * 7) % 19)) * KILOBYTE, salt + index);
  }
  return save(directory, name, files);
}

/** About 1 MB in 20 files: two jars and some text. */
export function writeOneMegabyte(directory: string, name: string): Promise<string> {
  const files: Record<string, Buffer> = {};
  for (let index = 0; index < 2; index += 1) files[`lib/common/part-${index}.jar`] = randomBytes(400 * KILOBYTE);
  for (let index = 0; index < 18; index += 1) files[`ui/widget/file-${index}.js`] = text(30 * KILOBYTE, index);
  return save(directory, name, files);
}

/** Nothing compressible: half of it jars of up to 10 MB, the rest files of 100 KB. */
export function writeLarge(directory: string, name: string, megabytes: number): Promise<string> {
  const files: Record<string, Buffer> = {};
  const jarMegabytes = Math.min(10, megabytes / 2);
  const jars = Math.floor(megabytes / 2 / jarMegabytes);
  for (let index = 0; index < jars; index += 1) files[`lib/common/part-${index}.jar`] = randomBytes(jarMegabytes * 1e6);
  for (let index = 0; index < megabytes * 5; index += 1)
    files[`ui/widget/file-${index}.js`] = randomBytes(100 * KILOBYTE);
  return save(directory, name, files);
}
