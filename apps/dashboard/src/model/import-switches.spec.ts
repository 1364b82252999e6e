import { describe, expect, it } from 'vitest';
import { joined, setName } from './file-set.js';
import { NO_SWITCHES, offersFor, refusedOf, searchOf } from './import-switches.js';

const row = (...codes: string[]) => ({ reasons: codes.map((code) => ({ code, detail: code })) });
const keys = (packages: ReturnType<typeof row>[], on = NO_SWITCHES): string[] =>
  offersFor({ packages, reasons: packages.flatMap(({ reasons }) => reasons) }, on).map(({ key }) => key);

describe('the switches of an import', () => {
  it.each([
    [[row('version-lower')], ['allowDowngrade']],
    [[row('version-exists')], ['force']],
    [
      [row(), row('version-exists')],
      ['skipInstalled', 'force'],
    ],
    [
      [row('version-lower'), row('version-exists')],
      ['allowDowngrade', 'skipInstalled', 'force'],
    ],
    [[row('version-lower', 'major-refused')], []],
    [[row('version-lower', 'major-refused'), row()], ['skipInstalled']],
    [[row('major-refused'), row()], []],
    [[row('version-lower', 'entity-owned'), row()], []],
    [[row('dependency-missing')], []],
  ])('are offered where they would overcome a refusal (%#)', (packages, expected) => {
    expect(keys(packages)).toEqual(expected);
  });

  it('are offered for a refusal that tells no packages, and not where they are on already', () => {
    const refused = refusedOf({ code: 'version-lower' });
    expect(offersFor(refused, NO_SWITCHES).map(({ key }) => key)).toEqual(['allowDowngrade']);
    expect(offersFor(refused, { ...NO_SWITCHES, allowDowngrade: true })).toEqual([]);
  });

  it('are the flags of the service', () => {
    expect(searchOf(NO_SWITCHES)).toEqual({});
    expect(searchOf({ allowDowngrade: true, skipInstalled: true, force: true })).toEqual({
      allowDowngrade: 'true',
      partial: 'skip-installed',
      force: 'true',
    });
  });
});

describe('the files of an import', () => {
  const file = (name: string, size = 1) => ({ name, size });

  it('join by name, the later in place of the earlier', () => {
    expect(joined([file('a'), file('b')], [file('a', 2), file('c')])).toEqual([file('b'), file('a', 2), file('c')]);
    expect(joined([], [file('a'), file('a', 2)])).toHaveLength(2);
  });

  it('have one name', () => {
    expect([[file('a')], [file('a'), file('b'), file('c')]].map(setName)).toEqual(['a', 'a and 2 more']);
  });
});
