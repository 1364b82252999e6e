import { deflateRawSync } from 'node:zlib';
import { buildPackage, buildZip, temporaryDirectory } from '@muster/testing';
import type { HeaderFields, ZipEntry, ZipOptions } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrialGround } from '../spec/trial-ground.js';

const FILES = { 'lib/common/good.jar': 'jar '.repeat(50), 'ui/W/w.js': 'script' };
const good = (zip: ZipOptions = {}, ...entries: ZipEntry[]): Buffer =>
  buildPackage({ name: 'Good', files: FILES, entries, zip });
const entry = (changes: Partial<ZipEntry>): Buffer =>
  good({}, { name: 'x.txt', data: 'content of x '.repeat(20), ...changes });
const local = (fields: Partial<HeaderFields>): Buffer => entry({ local: fields });
const central = (fields: Partial<HeaderFields>): Buffer => entry({ central: fields });

const extra = (id: number, data: Buffer): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(id, 0);
  header.writeUInt16LE(data.length, 2);
  return Buffer.concat([header, data]);
};
const wide = (...numbers: bigint[]): Buffer => {
  const data = Buffer.alloc(numbers.length * 8);
  numbers.forEach((number, index) => data.writeBigUInt64LE(number, index * 8));
  return extra(0x0001, data);
};
const otherName = extra(0x7075, Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), Buffer.from('y.txt')]));

const plain = good();
const inner = buildZip([{ name: 'hidden.txt', data: 'hidden' }]);
const MARK = 0xffffffff;
/** Under 1 kB: as yauzl 3.4.0 reads it from a file, the process ends. */
const killer = buildZip([{ name: 'a', data: 'a' }], { zip64: { recordOffset: 2n ** 63n } });

const REFUSED: Record<string, Record<string, Buffer>> = {
  'not-a-zip': {
    text: Buffer.from('hello '.repeat(100)),
    nothing: Buffer.alloc(0),
    'less than an end record': Buffer.from('PK\x05\x06'),
  },
  truncated: {
    'end record cut off': plain.subarray(0, plain.length - 30),
    'half of it': plain.subarray(0, plain.length / 2),
    'last byte gone': good({ comment: Buffer.from('comment') }).subarray(0, -1),
    'comment shorter than said': good({ end: { commentLength: 9 } }),
  },
  'trailing-data': {
    'one byte': good({ append: Buffer.from([0]) }),
    'a text': good({ append: Buffer.from('<?php') }),
    'another zip cut off': good({ append: inner.subarray(0, 40) }),
  },
  'several-end-records': { 'a zip in the comment': good({ comment: inner }) },
  'prepended-data': {
    'a script, offsets corrected': good({ prepend: Buffer.from('#!/bin/sh\n') }),
    'a script, offsets as they were': Buffer.concat([Buffer.from('#!/bin/sh\n'), plain]),
    'another zip': Buffer.concat([inner, plain]),
    'an offset that is too small': good({ end: { directoryOffset: 3 } }),
  },
  'split-archive': {
    'this disk': good({ end: { disk: 1 } }),
    'disk of the directory': good({ end: { directoryDisk: 1 } }),
    'disk of an entry': central({ diskStart: 1 }),
    'zip64 locator': good({ zip64: { totalDisks: 2 } }),
    'zip64 record': good({ zip64: { disk: 2 }, end: { disk: 0xffff } }),
  },
  'directory-mismatch': {
    'size too small': good({ end: { directorySize: 250 } }),
    'offset behind the file': good({ end: { directoryOffset: 0x7fffffff } }),
    'bytes before the end record': good({ gapBeforeEnd: Buffer.from('gap'), end: { directorySize: 200 } }),
  },
  'directory-corrupt': { 'wrong signature': central({ signature: 0x02014b51 }) },
  'entry-count-mismatch': {
    'one too few': good({ end: { entries: 2, diskEntries: 2 } }),
    'counts differ': good({ end: { diskEntries: 2 } }),
    'more than fit': good({ end: { entries: 9000, diskEntries: 9000 } }),
    'bytes behind the last': good({ gapBeforeEnd: Buffer.from('gap') }),
  },
  'too-many-entries': {
    'zip64 count near 2^64': good({
      zip64: { entries: 2 ** 62, diskEntries: 2 ** 62 },
      end: { entries: 0xffff, diskEntries: 0xffff },
    }),
    'count of 10,001': good({ end: { entries: 10_001, diskEntries: 10_001 } }),
  },
  'overlapping-entries': {
    'two names, one data': good({}, { name: 'x', data: 'data' }, { name: 'y', data: 'data', sharesDataOf: 3 }),
    'data that reaches into the next': entry({ local: { compressedSize: 400 }, central: { compressedSize: 400 } }),
    'data that reaches into the directory': good(
      {},
      {
        name: 'z',
        data: 'zz',
        method: 0,
        local: { compressedSize: 9, size: 9 },
        central: { compressedSize: 9, size: 9 },
      },
    ),
    'a name that reaches into the directory': good({}, { name: 'z', central: { offset: 0x7fffff00 } }),
  },
  'hidden-entries': {
    'an entry that is not listed': good({}, { name: 'hidden.txt', data: 'x', unlisted: true }, { name: 'z' }),
    'the last entry is not listed': entry({ unlisted: true }),
    'bytes between entries': entry({ gapBefore: Buffer.from('gap') }),
    'bytes before the directory': good({ gapBeforeDirectory: Buffer.alloc(1) }),
    'bytes behind a data descriptor': good(
      { gapBeforeDirectory: Buffer.alloc(9) },
      { name: 'x', data: 'x', descriptor: 'signed' },
    ),
  },
  'header-mismatch': {
    name: local({ name: Buffer.from('y.txt') }),
    'length of the name': local({ name: Buffer.from('x.txt.js') }),
    method: local({ method: 0 }),
    size: local({ size: 1 }),
    'compressed size': local({ compressedSize: 1 }),
    'sizes of 0 without a data descriptor': local({ size: 0, compressedSize: 0, crc: 0 }),
    'CRC-32': local({ crc: 1 }),
    'flag of the data descriptor': local({ flags: 8 }),
    'flag of the data descriptor, centrally only': central({ flags: 8 }),
    'UTF-8 flag': local({ flags: 0x800 }),
    'encryption in the local header only': local({ flags: 1 }),
    signature: local({ signature: 0x04034b51 }),
    'unicode path, centrally': central({ extra: otherName }),
    'unicode path, locally': local({ extra: otherName }),
    'extra field longer than said': local({ extra: Buffer.from([1, 0, 99, 0, 0]) }),
    'data descriptor missing': entry({ local: { flags: 8 }, central: { flags: 8 } }),
    'CRC-32 of the data descriptor': entry({ descriptor: 'signed', descriptorFields: { crc: 1 } }),
    'size of the data descriptor': entry({ descriptor: 'bare', descriptorFields: { size: 1 } }),
    'compressed size of the wide data descriptor': entry({
      descriptor: 'zip64',
      descriptorFields: { compressedSize: 1 },
    }),
    'signature of the data descriptor': entry({ descriptor: 'signed', descriptorFields: { signature: 1 } }),
    'local CRC-32 beside a data descriptor': entry({ descriptor: 'signed', local: { crc: 7 } }),
  },
  'zip64-invalid': {
    'locator above 2^53': good({ zip64: { recordOffset: 2n ** 63n } }),
    'the killer': killer,
    'locator at 2^64 - 1': good({ zip64: { recordOffset: 2n ** 64n - 1n } }),
    'locator off by one': good({ zip64: { recordOffset: 1 } }),
    'record of another size': good({ zip64: { recordSize: 45 } }),
    'entry counts disagree': good({ zip64: { entries: 2, diskEntries: 2 } }),
    'directory sizes disagree': good({ zip64: { directorySize: 10 } }),
    'directory offsets disagree': good({ zip64: { directoryOffset: 2n ** 53n } }),
    'marker without a record': good({ end: { directoryOffset: MARK } }),
    'marker in a count without a record': good({ end: { entries: 0xffff, diskEntries: 0xffff } }),
    'marked size without a field': central({ size: MARK }),
    'field too short': central({ size: MARK, compressedSize: MARK, extra: wide(1n) }),
    'field too long': central({ extra: wide(1n) }),
    'two fields': central({ size: MARK, extra: Buffer.concat([wide(260n), wide(261n)]) }),
    'size near 2^64': central({ size: MARK, extra: wide(2n ** 64n - 1n) }),
    'local field contradicts the local header': local({ extra: wide(1n, 2n) }),
    'marked local size without a field': local({ size: MARK, compressedSize: MARK }),
  },
  encrypted: {
    ZipCrypto: entry({ local: { flags: 1 }, central: { flags: 1 } }),
    strong: entry({ local: { flags: 0x41 }, central: { flags: 0x41 } }),
    'masked headers': entry({ local: { flags: 0x2000 }, central: { flags: 0x2000 } }),
    AES: entry({ local: { method: 99 }, central: { method: 99 } }),
  },
  'method-unsupported': {
    bzip2: entry({ method: 12, raw: Buffer.from('x') }),
    zstd: entry({ method: 93, raw: Buffer.from('x') }),
    shrunk: entry({ method: 1, raw: Buffer.from('x') }),
  },
  'flags-unsupported': { 'patched data': entry({ local: { flags: 0x20 }, central: { flags: 0x20 } }) },
  'size-mismatch': { 'stored sizes differ': entry({ method: 0, local: { size: 3 }, central: { size: 3 } }) },
};

const ACCEPTED: Record<string, Buffer> = {
  'a comment': good({ comment: Buffer.from('built by an honest tool') }),
  'zip64 records that agree': good({ zip64: {} }),
  'zip64 records in place of the end record': good({
    zip64: {},
    end: { entries: 0xffff, diskEntries: 0xffff, directorySize: MARK, directoryOffset: MARK },
  }),
  'a data descriptor with signature': entry({ descriptor: 'signed' }),
  'a data descriptor without signature': entry({ descriptor: 'bare' }),
  'a data descriptor with 64-bit sizes': entry({ descriptor: 'zip64' }),
  'a data descriptor in the middle': good({}, { name: 'x', data: 'x', descriptor: 'signed' }, { name: 'y', data: 'y' }),
  'a deflated directory with a data descriptor': good(
    {},
    { name: 'd/', raw: deflateRawSync(''), method: 8, descriptor: 'signed' },
  ),
  'zip64 sizes of a small file, as streaming tools write them': good(
    {},
    {
      name: 'x',
      data: 'abc',
      method: 0,
      local: { size: MARK, compressedSize: MARK, extra: wide(3n, 3n) },
      central: { size: MARK, compressedSize: MARK, extra: wide(3n, 3n) },
    },
  ),
  'extra fields of other kinds': entry({
    local: { extra: extra(0x5455, Buffer.alloc(9)) },
    central: { extra: extra(0x5455, Buffer.alloc(5)) },
  }),
  'padding behind the extra fields': entry({ local: { extra: Buffer.alloc(3) } }),
  'a stored zip as payload': entry({ data: inner, method: 0 }),
  'directory signatures inside the data': entry({
    data: Buffer.from('PK\x01\x02PK\x05\x06PK\x06\x07'.repeat(9), 'latin1'),
    method: 0,
  }),
  'empty files, stored and deflated': good({}, { name: 'e', data: '' }, { name: 'f', data: '', method: 8 }),
};

describe('the structure of the archive', () => {
  let ground: TrialGround;
  beforeAll(async () => {
    ground = new TrialGround(await temporaryDirectory('structure'));
  });
  afterAll(() => ground.reader.close());

  for (const [code, samples] of Object.entries(REFUSED)) {
    it.each(Object.entries(samples))(`${code}: %s`, async (_title, zip) => {
      const trial = await ground.extract(zip);
      expect(trial.outcome, trial.refusal?.message).toBe(code);
      expect(trial.refusal?.remedy).toBeTruthy();
      expect(trial.onDisk, 'nothing is written before the structure is good').toBeUndefined();
      expect((await ground.check(zip)).outcome).toBe(code);
    });
  }

  it.each(Object.entries(ACCEPTED))('accepts %s', async (_title, zip) => {
    const trial = await ground.extract(zip);
    expect(trial.outcome, trial.refusal?.message).toBe('accepted');
    expect(trial.onDisk).toEqual(trial.contents?.manifest);
  });

  it('makes the killer in under 1 kB', () => expect(killer.length).toBeLessThan(1000));
});
