import { buildPackage, temporaryDirectory } from '@muster/testing';
import { describe, expect, it } from 'vitest';
import { randomOf } from './spec/random-of.js';
import { TrialGround } from './spec/trial-ground.js';

const COUNT = Math.round(2000 * Number(process.env['MUSTER_TEST_SCALE'] ?? 1));
const SEED = Number(process.env['MUSTER_TEST_SEED'] ?? 20_261_123);

const text = 'some text that deflate can shorten, '.repeat(40);
/** Together they have every feature that an honest zip may have; small, so that mutations often meet the headers. */
const ORIGINALS: readonly Buffer[] = [
  buildPackage({ name: 'Good', entities: [{ type: 'Widget', name: 'W' }] }),
  buildPackage({
    name: 'Good',
    directories: ['empty', 'ui/W'],
    files: { 'ui/W/w.js': text, 'Entities/Things.xml': '<Entities><Things><Thing name="T"/></Things></Entities>' },
    entries: [
      { name: 'signed.txt', data: text, descriptor: 'signed' },
      { name: 'bare.txt', data: text, descriptor: 'bare' },
      { name: 'stored.txt', data: 'stored', method: 0 },
      { name: 'caf\u00e9.txt', data: '' },
    ],
  }),
  buildPackage({
    name: 'Good',
    zip: { zip64: {}, comment: Buffer.from('comment') },
    entries: [{ name: 'wide', data: text, descriptor: 'zip64' }],
  }),
];

function mutate(original: Buffer, random: (below: number) => number): Buffer {
  let zip = Buffer.from(original);
  for (let edits = 1 + random(3); edits > 0; edits -= 1) {
    // Half of the edits fall into the last part, where directory and end records are.
    const at = random(2) === 0 ? random(zip.length) : Math.max(0, zip.length - 1 - random(300));
    const length = 1 + random(8);
    const bytes = Buffer.from(Array.from({ length }, () => random(256)));
    const kind = random(6);
    if (kind === 0) zip[at]! ^= 1 << random(8);
    else if (kind === 1) zip[at] = random(256);
    else if (kind === 2) bytes.copy(zip, at);
    else if (kind === 3) zip = Buffer.concat([zip.subarray(0, at), bytes, zip.subarray(at)]);
    else if (kind === 4) zip = Buffer.concat([zip.subarray(0, at), zip.subarray(at + length)]);
    else zip.fill([0, 0xff][random(2)]!, at, Math.min(zip.length, at + length));
    if (zip.length === 0) return zip;
  }
  return zip;
}

describe('mutants of good packages', () => {
  it(
    `neither crash, nor write outside, nor pass with different content (${COUNT}, seed ${SEED})`,
    { timeout: 60_000 + COUNT * 60 },
    async () => {
      const ground = new TrialGround(await temporaryDirectory('mutants'));
      const random = randomOf(SEED);
      const honest = await Promise.all(ORIGINALS.map((zip) => ground.extract(zip)));
      expect(honest.map(({ outcome }) => outcome)).toEqual(ORIGINALS.map(() => 'accepted'));
      const outcomes = new Map<string, number>();
      for (let index = 0; index < COUNT; index += 1) {
        const which = index % ORIGINALS.length;
        const trial = await ground.extract(mutate(ORIGINALS[which]!, random));
        outcomes.set(trial.outcome, (outcomes.get(trial.outcome) ?? 0) + 1);
        if (trial.outcome !== 'accepted') continue;
        expect(trial.contents, `mutant ${index}`).toEqual(honest[which]?.contents);
        expect(trial.onDisk, `mutant ${index}`).toEqual(honest[which]?.onDisk);
      }
      await ground.reader.close();
      expect(outcomes.get('archive-unreadable'), 'no mutant ends its worker').toBeUndefined();
      expect(outcomes.get('archive-timeout')).toBeUndefined();
      expect(outcomes.size, JSON.stringify(Object.fromEntries(outcomes))).toBeGreaterThan(20);
      expect(outcomes.get('accepted') ?? 0, 'most mutants are refused').toBeLessThan(COUNT / 4);
    },
  );
});
