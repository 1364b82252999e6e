import { MusterError } from '@muster/contracts';
import { DEFAULT_LIMITS } from './package-reader.js';
import type { PackageLimits } from './package-reader.js';

interface Setting {
  readonly variable: string;
  readonly unit: 'count' | 'bytes' | 'duration';
  readonly min: number;
  readonly max: number;
}

const TIB = 1024 ** 4;

const SETTINGS: Readonly<Record<keyof PackageLimits, Setting>> = {
  maxZipBytes: { variable: 'MUSTER_MAX_ZIP_BYTES', unit: 'bytes', min: 22, max: TIB },
  maxEntries: { variable: 'MUSTER_MAX_ENTRIES', unit: 'count', min: 1, max: 200_000 },
  maxEntryBytes: { variable: 'MUSTER_MAX_ENTRY_BYTES', unit: 'bytes', min: 1, max: TIB },
  maxUnpackedBytes: { variable: 'MUSTER_MAX_UNPACKED_BYTES', unit: 'bytes', min: 1, max: TIB },
  maxRatio: { variable: 'MUSTER_MAX_RATIO', unit: 'count', min: 1, max: 1100 },
  ratioFloorBytes: { variable: 'MUSTER_RATIO_FLOOR_BYTES', unit: 'bytes', min: 0, max: TIB },
  maxNameBytes: { variable: 'MUSTER_MAX_NAME_BYTES', unit: 'bytes', min: 16, max: 3072 },
  maxComponentBytes: { variable: 'MUSTER_MAX_COMPONENT_BYTES', unit: 'bytes', min: 16, max: 255 },
  maxDepth: { variable: 'MUSTER_MAX_DEPTH', unit: 'count', min: 1, max: 256 },
  maxMetadataBytes: { variable: 'MUSTER_MAX_METADATA_BYTES', unit: 'bytes', min: 64, max: 64 * 1024 ** 2 },
  maxEntityFileBytes: { variable: 'MUSTER_MAX_ENTITY_FILE_BYTES', unit: 'bytes', min: 64, max: 256 * 1024 ** 2 },
  timeoutMs: { variable: 'MUSTER_ARCHIVE_TIMEOUT', unit: 'duration', min: 10, max: 3_600_000 },
  workerHeapMb: { variable: 'MUSTER_WORKER_HEAP_MB', unit: 'count', min: 16, max: 16_384 },
};

const UNITS: Readonly<Record<Setting['unit'], Readonly<Record<string, number>>>> = {
  count: { '': 1 },
  bytes: { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 },
  duration: { ms: 1, s: 1000, m: 60_000 },
};

const EXAMPLES: Readonly<Record<Setting['unit'], string>> = {
  count: 'a whole number, e.g. 500',
  bytes: 'a whole number of bytes, or one with KiB, MiB or GiB, e.g. 512MiB',
  duration: 'a whole number with ms, s or m, e.g. 60s',
};

/**
 * The limits that a record of settings (`process.env`) gives, the defaults for what it leaves out or empty. Throws
 * `configuration-invalid` with the variable's name for anything that is not a number inside its range.
 */
export function readPackageLimits(settings: Readonly<Record<string, string | undefined>>): PackageLimits {
  const limits: Record<keyof PackageLimits, number> = { ...DEFAULT_LIMITS };
  for (const key of Object.keys(SETTINGS) as (keyof PackageLimits)[]) {
    const text = settings[SETTINGS[key].variable]?.trim();
    if (text) limits[key] = readSetting(SETTINGS[key], text);
  }
  return limits;
}

/** Limits with some replaced; throws `configuration-invalid` where a number is out of its range. */
export function withLimits(changes: Partial<PackageLimits> = {}): PackageLimits {
  for (const key of Object.keys(changes) as (keyof PackageLimits)[]) {
    const value = changes[key];
    if (value !== undefined) requireInRange(SETTINGS[key], key, value, String(value));
  }
  return { ...DEFAULT_LIMITS, ...changes };
}

function readSetting(setting: Setting, text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,15})\s*([A-Za-z]*)$/.exec(text) ?? [];
  const factor = UNITS[setting.unit][unit];
  const value = digits === '' || factor === undefined ? Number.NaN : Number(digits) * factor;
  requireInRange(setting, setting.variable, value, text);
  return value;
}

function requireInRange(setting: Setting, name: string, value: number, text: string): void {
  if (Number.isSafeInteger(value) && value >= setting.min && value <= setting.max) return;
  throw new MusterError(
    'configuration-invalid',
    `${name} is ${JSON.stringify(text)}; it must be ${EXAMPLES[setting.unit]}`,
    {
      limit: `${setting.min} to ${setting.max}${setting.unit === 'duration' ? ' ms' : ''}`,
      actual: text,
      remedy: `Correct ${setting.variable}, or leave it out for the default.`,
    },
  );
}
