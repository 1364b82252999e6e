import { describe, expect, it } from 'vitest';
import { createPackageReader } from './create-package-reader.js';
import { readPackageLimits } from './package-limits.js';
import { DEFAULT_LIMITS } from './package-reader.js';

describe('limits from the environment', () => {
  it('are the defaults where nothing is said', () => {
    expect(readPackageLimits({ PATH: '/bin', MUSTER_MAX_ENTRIES: '  ' })).toEqual(DEFAULT_LIMITS);
  });

  it('take numbers, sizes and durations', () => {
    const limits = readPackageLimits({
      MUSTER_MAX_ZIP_BYTES: '1048576',
      MUSTER_MAX_UNPACKED_BYTES: '2GiB',
      MUSTER_MAX_ENTRIES: '500',
      MUSTER_ARCHIVE_TIMEOUT: '2m',
      MUSTER_MAX_RATIO: '50',
    });
    expect(limits).toEqual({
      ...DEFAULT_LIMITS,
      maxZipBytes: 1048576,
      maxUnpackedBytes: 2 * 1024 ** 3,
      maxEntries: 500,
      timeoutMs: 120_000,
      maxRatio: 50,
    });
  });

  it.each([
    ['MUSTER_MAX_ZIP_BYTES', 'lots'],
    ['MUSTER_MAX_ZIP_BYTES', '1e9'],
    ['MUSTER_MAX_ZIP_BYTES', '1.5GiB'],
    ['MUSTER_MAX_ZIP_BYTES', '5 apples'],
    ['MUSTER_MAX_ZIP_BYTES', '0'],
    ['MUSTER_MAX_ZIP_BYTES', '-1'],
    ['MUSTER_MAX_ZIP_BYTES', '999999GiB'],
    ['MUSTER_MAX_ENTRIES', '10KiB'],
    ['MUSTER_MAX_ENTRIES', '0x10'],
    ['MUSTER_MAX_COMPONENT_BYTES', '256'],
    ['MUSTER_ARCHIVE_TIMEOUT', '60'],
    ['MUSTER_ARCHIVE_TIMEOUT', '0s'],
    ['MUSTER_WORKER_HEAP_MB', 'NaN'],
  ])('refuse %s=%s by its name', (variable, text) => {
    const read = (): unknown => readPackageLimits({ [variable]: text });
    expect(read).toThrow(
      expect.objectContaining({
        code: 'configuration-invalid',
        actual: text,
        message: expect.stringContaining(variable),
      }),
    );
  });

  it.each([Number.NaN, 0, -1, 1.5, Infinity])('refuse a limit of %d in code too', (maxEntries) => {
    expect(() => createPackageReader({ limits: { maxEntries } })).toThrow(
      expect.objectContaining({ code: 'configuration-invalid' }),
    );
  });
});
