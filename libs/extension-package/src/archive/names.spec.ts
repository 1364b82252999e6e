import { buildPackage, temporaryDirectory } from '@muster/testing';
import type { ZipEntry } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrialGround } from '../spec/trial-ground.js';

/** One entry with a flaw, beside the entries of an otherwise good package. */
function withEntries(...entries: ZipEntry[]): Buffer {
  return buildPackage({ name: 'Good', files: { 'lib/common/good.jar': 'jar', 'ui/W/w.js': 'script' }, entries });
}

function named(name: string | Buffer): Buffer {
  return withEntries({ name, data: 'content' });
}

const NFC = 'docs/caf\u00e9.txt';
const NFD = 'docs/cafe\u0301.txt';

const REFUSED: Record<string, Record<string, Buffer>> = {
  'zip-slip': {
    'a step up': named('../evil.txt'),
    'a sibling with the same prefix': named('../out_evil/x.txt'),
    'a step up inside': named('a/../../evil.txt'),
    'a step that stays inside': named('a/../b.txt'),
    'the parent itself': named('..'),
    'the parent as a directory': withEntries({ name: 'ui/../' }),
  },
  'absolute-path': {
    root: named('/etc/passwd'),
    'two slashes': named('//host/share'),
    drive: named('C:/evil.txt'),
    'drive without slash': named('C:evil.txt'),
  },
  backslash: { separator: named('ui\\x.js'), 'step up': named('..\\evil.txt'), UNC: named('\\\\host\\share\\x') },
  symlink: {
    'to a file': withEntries({ name: 'link', data: 'metadata.xml', mode: 0o120777 }),
    outwards: withEntries({ name: 'link', data: '/etc/passwd', mode: 0o120777 }),
    'said by a DOS host': withEntries({ name: 'link', data: '..', mode: 0o120777, central: { madeBy: 20 } }),
    'with the name of a directory': withEntries({ name: 'link/', mode: 0o120777 }),
    'then a file through it': withEntries({ name: 'l', data: '/tmp', mode: 0o120777 }, { name: 'l/x', data: 'x' }),
    'then a file of its name': withEntries({ name: 'l', data: '/tmp/x', mode: 0o120777 }, { name: 'l', data: 'x' }),
  },
  'special-file': {
    pipe: withEntries({ name: 'x', mode: 0o010644 }),
    'character device': withEntries({ name: 'x', mode: 0o020666 }),
    'block device': withEntries({ name: 'x', mode: 0o060660 }),
    socket: withEntries({ name: 'x', mode: 0o140755 }),
    'a directory by its mode only': withEntries({ name: 'x', mode: 0o040755 }),
    'a directory by its DOS attribute only': withEntries({ name: 'x', central: { externalAttributes: 0x10 } }),
  },
  'duplicate-name': {
    'same file': withEntries({ name: 'ui/W/w.js', data: 'other' }),
    'second metadata.xml': withEntries({ name: 'metadata.xml', data: '<Entities/>' }),
    'same directory': withEntries({ name: 'empty/' }, { name: 'empty/' }),
  },
  'name-collision': {
    case: named('ui/W/W.js'),
    'case of a directory': named('UI/other.js'),
    'case of metadata.xml': named('Metadata.xml'),
    'Unicode form': withEntries({ name: NFC, data: '1' }, { name: NFD, data: '2' }),
    compatibility: withEntries({ name: 'file.txt', data: '1' }, { name: '\ufb01le.txt', data: '2' }),
    'sharp s': withEntries({ name: 'stra\u00dfe', data: '1' }, { name: 'STRASSE', data: '2' }),
    'file and directory': withEntries({ name: 'Lib', data: 'x' }),
  },
  'file-is-directory': {
    'file first': withEntries({ name: 'f', data: 'x' }, { name: 'f/g', data: 'y' }),
    'file last': named('ui/W'),
    'listed directory': withEntries({ name: 'e/' }, { name: 'e', data: 'x' }),
  },
  'control-character': {
    NUL: named('a\0b'),
    newline: named('a\nb'),
    escape: named('a\u001b[31mb'),
    delete: named('a\u007f'),
    'text turned around': named('a\u202egpj.exe'),
    'zero width': named('a\u200bb'),
    'line separator': named('a\u2028b'),
    'byte order mark': named('\ufeffa'),
  },
  'invalid-utf8': {
    'lone byte': named(Buffer.from([0x61, 0xff])),
    'overlong dots': named(Buffer.from([0xc0, 0xae, 0xc0, 0xae, 0x2f, 0x61])),
    surrogate: named(Buffer.from([0xed, 0xa0, 0x80])),
    latin1: named(Buffer.from('caf\u00e9', 'latin1')),
  },
  'name-too-long': {
    'a component of 241 bytes': named('x'.repeat(241)),
    'a component of 241 bytes in UTF-8': named('\u00e9'.repeat(121)),
    'more than 1,024 bytes': named(Array.from({ length: 6 }, () => 'y'.repeat(200)).join('/')),
    '65,535 bytes': named('z'.repeat(65_535)),
  },
  'path-too-deep': { '33 levels': named(Array.from({ length: 33 }, () => 'd').join('/')) },
  'path-not-normal': {
    'empty segment': named('a//b'),
    'dot first': named('./a'),
    'dot inside': named('a/./b'),
    'two slashes at the end': withEntries({ name: 'a//' }),
  },
  'empty-name': { 'no name': named('') },
  'reserved-name': {
    device: named('CON'),
    'device with a suffix': named('ui/nul.js'),
    'device as a directory': named('com1/x.js'),
    'device with blanks': named('aux .txt'),
    'dot at the end': named('ui/file.'),
    'blank at the end': named('ui/file '),
    'directory with a dot at the end': named('ui./x.js'),
    stream: named('ui/x.js:hidden'),
  },
  'reserved-file': {
    checksum: named('Good.chk'),
    'checksum in capitals': named('GOOD.CHK'),
    'checksum as a directory': named('Good.chk/x'),
  },
  'directory-with-data': { 'data behind a slash': withEntries({ name: 'd/', data: 'content', method: 0 }) },
};

const ACCEPTED: Record<string, Buffer> = {
  'percent-encoded dots, which are taken literally': named('%2e%2e/evil.txt'),
  'dots that are no step': named('..a/b..c/...d'),
  'a name like a device': named('console/com/lpt.txt'),
  'a name of 240 bytes': named('x'.repeat(240)),
  '32 levels': named(Array.from({ length: 32 }, () => 'd').join('/')),
  'names in other scripts': withEntries(
    { name: '\u65e5\u672c\u8a9e/\u0444\u0430\u0439\u043b.txt', data: 'x' },
    { name: '\u{1f600}', data: 'y' },
  ),
  'UTF-8 that is not marked so': withEntries({ name: NFC, data: 'x', local: { flags: 0 }, central: { flags: 0 } }),
  'a checksum file elsewhere': named('ui/Good.chk'),
  'a checksum file of another name': named('Other.chk'),
  'any permissions': withEntries(
    { name: 'a', mode: 0o107777, data: 'x' },
    { name: 'b', mode: 0o100000, data: 'y' },
    { name: 'c/', mode: 0o047777 },
  ),
  'mode bits that are no kind': withEntries({ name: 'a', mode: 0o177777, data: 'x' }),
  'empty directories': withEntries({ name: 'e/' }, { name: 'f/g/' }),
  'a directory listed behind its file': withEntries({ name: 'h/x', data: 'x' }, { name: 'h/' }),
};

describe('names and kinds of entries', () => {
  let ground: TrialGround;
  beforeAll(async () => {
    ground = new TrialGround(await temporaryDirectory('names'));
  });
  afterAll(() => ground.reader.close());

  for (const [code, samples] of Object.entries(REFUSED)) {
    it.each(Object.entries(samples))(`${code}: %s`, async (_title, zip) => {
      const trial = await ground.extract(zip);
      expect(trial.outcome, trial.refusal?.message).toBe(code);
      expect(trial.refusal?.remedy).toBeTruthy();
      // eslint-disable-next-line no-control-regex
      expect(trial.refusal?.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
      expect(trial.onDisk, 'nothing is written before all names are good').toBeUndefined();
      expect((await ground.check(zip)).outcome).toBe(code);
    });
  }

  it.each(Object.entries(ACCEPTED))('accepts %s', async (_title, zip) => {
    const trial = await ground.extract(zip);
    expect(trial.outcome, trial.refusal?.message).toBe('accepted');
    expect(trial.onDisk).toEqual(trial.contents?.manifest);
  });

  it('names the entry, escaped, with limit and remedy', async () => {
    const { refusal } = await ground.extract(named('x'.repeat(241)));
    expect(refusal).toMatchObject({
      limit: 240,
      actual: 241,
      remedy: expect.stringContaining('MUSTER_MAX_COMPONENT_BYTES'),
    });
    const escaped = await ground.extract(named('a\u001b\u202e"b'));
    expect(escaped.refusal?.message).toContain('"a\\u001b\\u202e\\"b"');
  });
});
