import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildPackage, temporaryDirectory, waitFor } from '@muster/testing';
import type { PackageSpec, ZipEntry } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPackageReader } from '../create-package-reader.js';
import type { PackageContents, PackageReader } from '../package-reader.js';
import { randomBytesOf, randomOf } from '../spec/random-of.js';
import { stateOf } from '../spec/state-of.js';
import { threadTimes } from '../spec/thread-times.js';
import { treeOf } from '../spec/trial-ground.js';

const SCALE = Number(process.env['MUSTER_TEST_SCALE'] ?? 1);
const SEED = Number(process.env['MUSTER_TEST_SEED'] ?? 20_261_124);

describe('two threads for one package', () => {
  let root: string;
  let one: PackageReader;
  let two: PackageReader;
  let count = 0;
  const random = randomOf(SEED);
  const fresh = (): string => path.join(root, `out-${(count += 1)}`);
  const write = (spec: PackageSpec): string => {
    const file = path.join(root, `${(count += 1)}.zip`);
    writeFileSync(file, buildPackage(spec));
    return file;
  };
  const outcome = async (call: Promise<PackageContents>): Promise<unknown> =>
    call.then(
      (contents) => contents,
      ({ code, message, limit, actual, remedy }) => ({ code, message, limit, actual, remedy }),
    );

  beforeAll(async () => {
    root = await temporaryDirectory('crew');
    one = createPackageReader({ maxThreads: 1, readyThreads: 1 });
    two = createPackageReader({ maxThreads: 2, readyThreads: 2 });
    const small = write({ name: 'Small' });
    await Promise.all([one.check(small), two.check(small), two.check(small)]);
  });
  afterAll(async () => {
    await Promise.all([one.close(), two.close()]);
    rmSync(root, { recursive: true, force: true });
  });

  it(`unpack what one unpacks (seed ${SEED})`, { timeout: 60_000 * SCALE }, async () => {
    for (let round = 0; round < 6 * SCALE; round += 1) {
      const zip = write({ name: 'Random', ...randomFiles(random) });
      const [left, right] = [fresh(), fresh()];
      const expected = await one.extract(zip, left);
      if (random(2) === 0) await two.outline(zip);
      expect(await two.extract(zip, right), `round ${round}`).toEqual(expected);
      expect(treeOf(right), `round ${round}`).toEqual(expected.manifest);
      expect(treeOf(left)).toEqual(expected.manifest);
      expect(await two.check(zip)).toEqual(expected);
      [zip, left, right].forEach((file) => rmSync(file, { recursive: true }));
    }
  });

  it(
    `refuse the first bad entry, as one does, and leave no writer (seed ${SEED})`,
    { timeout: 60_000 * SCALE },
    async () => {
      for (let round = 0; round < 12 * SCALE; round += 1) {
        const zip = write({ name: 'Flawed', ...flawedFiles(random) });
        const [left, right] = [fresh(), fresh()];
        const expected = await outcome(one.extract(zip, left));
        expect(expected, `round ${round}`).toMatchObject({ code: expect.stringMatching(/^(crc|size)-mismatch$/) });
        expect(await outcome(two.extract(zip, right)), `round ${round}`).toEqual(expected);
        const after = stateOf(right);
        expect(await outcome(two.check(zip))).toEqual(expected);
        expect(stateOf(right), 'nothing is written after the refusal').toEqual(after);
        [zip, left, right].forEach((file) => rmSync(file, { recursive: true }));
      }
    },
  );

  it('say that metadata.xml is missing only where no entry is damaged', async () => {
    const bytes = randomBytesOf(random, 4096);
    const files = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`f${index}`, bytes]));
    const whole = write({ name: 'Bare', metadata: null, files });
    const damaged = write({
      name: 'Bare',
      metadata: null,
      files,
      entries: [{ name: 'z', data: 'x', ...lying({ crc: 1 }) }],
    });
    for (const reader of [one, two]) {
      await expect(reader.check(whole)).rejects.toMatchObject({ code: 'metadata-missing' });
      await expect(reader.check(damaged)).rejects.toMatchObject({ code: 'crc-mismatch' });
      await expect(reader.extract(damaged, path.join(root, 'never'))).rejects.toMatchObject({
        code: 'metadata-missing',
      });
    }
    expect(existsSync(path.join(root, 'never')), 'nothing is made before the metadata is good').toBe(false);
  });

  it('both work', async () => {
    const zip = write({ name: 'Work', ...manyFiles(random, 800) });
    await two.outline(zip);
    const before = threadTimes();
    for (let round = 0; round < 5; round += 1) await two.check(zip);
    const worked = [...threadTimes()].filter(([thread, ticks]) => ticks - (before.get(thread) ?? 0) >= 3);
    expect(worked.length).toBeGreaterThanOrEqual(2);
  });

  it('read two packages at once, and more than that', async () => {
    const zips = Array.from({ length: 5 }, () => write({ name: 'Load', ...manyFiles(random, 100) }));
    const outs = zips.map(fresh);
    const all = await Promise.all(zips.map(async (zip, index) => two.extract(zip, outs[index] ?? '')));
    all.forEach(({ manifest }, index) => expect(treeOf(outs[index] ?? '')).toEqual(manifest));
  });

  it('part when another package waits for a thread', async () => {
    const large = write({ name: 'Large', ...manyFiles(random, 2500) });
    const small = write({ name: 'Small' });
    await two.outline(large);
    const out = fresh();
    const ended: string[] = [];
    const extract = two.extract(large, out).then((contents) => (ended.push('large'), contents));
    await waitFor(() => existsSync(path.join(out, 'd1')), { what: 'the first directory', everyMs: 1 });
    await two.check(small).then(() => ended.push('small'));
    expect(stateOf(out).length, 'the helper left before its package was done').toBeLessThan(2500);
    const { manifest } = await extract;
    expect(ended).toEqual(['small', 'large']);
    expect(treeOf(out)).toEqual(manifest);
  });
});

/** Large enough for two threads, as no byte of it can be packed. */
function manyFiles(random: (below: number) => number, files: number): Pick<PackageSpec, 'files'> {
  const bytes = randomBytesOf(random, 64 * 1024);
  const entries = Array.from({ length: files }, (_, index) => {
    const at = random(bytes.length / 2);
    return [`d${index % 7}/f${index}.bin`, bytes.subarray(at, at + 4096 + random(4096))] as const;
  });
  return { files: Object.fromEntries(entries) };
}

function randomFiles(random: (below: number) => number): Pick<PackageSpec, 'files' | 'directories'> {
  const { files = {} } = manyFiles(random, 90 + random(200));
  const names = ['\u{1f600}', '\uff5e', 'z', '\u00e9', 'a b'];
  const odd = names.map((name) => [`d1/${name}/${name}`, name.repeat(random(3000))] as const);
  const large = random(3) === 0 ? { 'd2/large.bin': Buffer.alloc(9 * 1024 * 1024, random(256)) } : {};
  return { files: { ...files, ...Object.fromEntries(odd), ...large }, directories: ['empty', 'empty/below'] };
}

function flawedFiles(random: (below: number) => number): Pick<PackageSpec, 'files' | 'entries'> {
  const bytes = randomBytesOf(random, 8192);
  const entries: ZipEntry[] = Array.from({ length: 120 }, (_, index) => ({
    name: `more/${index}`,
    // Some take long: the thread that has one is overtaken by the other.
    data: Buffer.concat([bytes, Buffer.alloc(random(10) === 0 ? 900_000 : 10)]),
  }));
  for (let flaws = 1 + random(4); flaws > 0; flaws -= 1) {
    const entry = entries[random(entries.length)];
    if (entry !== undefined) Object.assign(entry, lying(random(2) === 0 ? { crc: 7 } : { size: 10 }));
  }
  return { ...manyFiles(random, 100), entries };
}

function lying(fields: { crc: number } | { size: number }): Pick<ZipEntry, 'local' | 'central'> {
  return { local: fields, central: fields };
}
