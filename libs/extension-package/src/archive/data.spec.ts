import { randomBytes } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { buildPackage, temporaryDirectory } from '@muster/testing';
import type { HeaderFields, ZipEntry } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrialGround } from '../spec/trial-ground.js';

const small = Buffer.from('content of the file '.repeat(200));
/** Above the size from which entries are read in chunks. */
const large = Buffer.concat([randomBytes(1536 * 1024), Buffer.alloc(7 * 1024 * 1024, 'text ')]);

const packed = new Map<Buffer, Buffer>([small, large].map((data) => [data, deflateRawSync(data)]));

function sample(data: Buffer, given: Partial<ZipEntry> = {}): Buffer {
  const raw = packed.get(data);
  const changes = raw && given.method !== 0 ? { raw, ...given } : given;
  return buildPackage({
    name: 'Good',
    entries: [
      { name: 'first.txt', data: 'first' },
      { name: 'x.bin', data, ...changes },
    ],
  });
}

function both(fields: Partial<HeaderFields>): Pick<ZipEntry, 'local' | 'central'> {
  return { local: fields, central: fields };
}

function samplesOf(data: Buffer): Record<string, [string, Buffer]> {
  const stream = packed.get(data)!;
  const flipped = Buffer.from(data);
  flipped[data.length - 7]! ^= 1;
  return {
    'wrong CRC-32': ['crc-mismatch', sample(data, both({ crc: 1 }))],
    'a flipped bit in stored data': ['crc-mismatch', sample(flipped, { method: 0, ...both({ crc: crc32(data) }) })],
    'declared one byte too small': ['size-mismatch', sample(data, both({ size: data.length - 1 }))],
    'declared one byte too large': ['size-mismatch', sample(data, both({ size: data.length + 1 }))],
    'declared empty': ['size-mismatch', sample(data, both({ size: 0 }))],
    'bytes behind the end of the stream': [
      'data-after-deflate',
      sample(data, { raw: Buffer.concat([stream, Buffer.from('hidden')]) }),
    ],
    'a second stream behind the first': [
      'data-after-deflate',
      sample(data, { raw: Buffer.concat([stream, stream.subarray(0, 50)]) }),
    ],
    'a stream that stops': ['deflate-corrupt', sample(data, { raw: stream.subarray(0, stream.length - 9) })],
    'no stream at all': ['deflate-corrupt', sample(data, { raw: Buffer.from([0xff, 0xff, 0xff]) })],
    'an empty stream': ['deflate-corrupt', sample(data, { raw: Buffer.alloc(0) })],
  };
}

describe('what the entries hold', () => {
  let ground: TrialGround;
  beforeAll(async () => {
    ground = new TrialGround(await temporaryDirectory('data'));
  });
  afterAll(() => ground.reader.close());

  describe.each([
    ['read whole', small],
    ['read in chunks', large],
  ])('%s', (_way, data) => {
    it.each(Object.entries(samplesOf(data)))('refuses %s', async (_title, [code, zip]) => {
      const trial = await ground.extract(zip);
      expect(trial.outcome, trial.refusal?.message).toBe(code);
      expect((await ground.check(zip)).outcome).toBe(code);
      const written = trial.onDisk?.files.find(({ path }) => path === 'x.bin')?.size ?? 0;
      expect(written, 'never more than the zip declares').toBeLessThanOrEqual(data.length + 1);
    });

    it.each([0, 8])('accepts method %d, with and without a data descriptor', async (method) => {
      for (const changes of [{ method }, { method, descriptor: 'signed' as const }]) {
        const trial = await ground.extract(sample(data, changes));
        expect(trial.outcome, trial.refusal?.message).toBe('accepted');
        expect(trial.onDisk).toEqual(trial.contents?.manifest);
        expect((await ground.check(sample(data, changes))).contents).toEqual(trial.contents);
      }
    });
  });

  it('accepts a high ratio in a small package', async () => {
    expect((await ground.extract(sample(Buffer.alloc(1024 * 1024)))).outcome).toBe('accepted');
  });
});

describe('limits', () => {
  const zip = sample(small);
  it.each([
    ['zip-too-large', { maxZipBytes: zip.length - 1 }, 'MUSTER_MAX_ZIP_BYTES'],
    ['too-many-entries', { maxEntries: 3 }, 'MUSTER_MAX_ENTRIES'],
    ['entry-too-large', { maxEntryBytes: small.length - 1 }, 'MUSTER_MAX_ENTRY_BYTES'],
    ['unpacked-too-large', { maxUnpackedBytes: small.length }, 'MUSTER_MAX_UNPACKED_BYTES'],
    ['ratio-too-high', { ratioFloorBytes: 1000, maxRatio: 2 }, 'MUSTER_MAX_RATIO'],
    ['metadata-too-large', { maxMetadataBytes: 100 }, 'MUSTER_MAX_METADATA_BYTES'],
  ])('refuses by %s, naming limit and remedy', async (code, limits, variable) => {
    const ground = new TrialGround(await temporaryDirectory('limits'), { limits });
    const { outcome, refusal, onDisk } = await ground.extract(zip);
    await ground.reader.close();
    expect(outcome).toBe(code);
    expect(refusal?.limit).toBe(Object.values(limits).at(-1));
    expect(Number(refusal?.actual)).toBeGreaterThan(Number(refusal?.limit));
    expect(refusal?.remedy).toContain(variable);
    expect(onDisk).toBeUndefined();
  });

  it('accepts what is exactly at each limit', async () => {
    const limits = { maxZipBytes: zip.length, maxEntries: 4, maxEntryBytes: small.length };
    const ground = new TrialGround(await temporaryDirectory('limits'), { limits });
    expect((await ground.extract(zip)).outcome).toBe('accepted');
    await ground.reader.close();
  });
});
