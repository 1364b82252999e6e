import { temporaryDirectory } from '@muster/testing';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { baseConfigSchema } from './base-config.js';
import { ConfigError, readConfig } from './read-config.js';
import { bytes, databaseUrl, duration, parseBytes, parseDuration, yesNo } from './schemas.js';

const schema = baseConfigSchema.extend({
  DATABASE_URL: databaseUrl(),
  MUSTER_POLL_INTERVAL: duration().default(5_000),
  MUSTER_PACKAGE_CACHE_BYTES: bytes().default(1024 ** 3),
  MUSTER_RETIRE_ON_STOP: yesNo().default(false),
  MUSTER_FOREIGN: z.enum(['keep', 'prune']).default('keep'),
});
const good = { MUSTER_PORT: '8080', DATABASE_URL: 'postgres://u:p@h:5432/d' };

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(schema, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('readConfig', () => {
  it('fills in defaults and reads units', () => {
    const config = readConfig(schema, {
      ...good,
      MUSTER_POLL_INTERVAL: '250ms',
      MUSTER_RETIRE_ON_STOP: 'YES',
      PATH: 'x',
    });
    expect(config).toMatchObject({
      MUSTER_HOST: '127.0.0.1',
      MUSTER_PORT: 8080,
      MUSTER_POLL_INTERVAL: 250,
      MUSTER_RETIRE_ON_STOP: true,
      MUSTER_PACKAGE_CACHE_BYTES: 1024 ** 3,
    });
    expect(config).not.toHaveProperty('PATH');
  });

  it('takes an empty variable for an absent one', () => {
    expect(readConfig(schema, { ...good, MUSTER_POLL_INTERVAL: '' }).MUSTER_POLL_INTERVAL).toBe(5_000);
  });

  it('names every bad variable at once, with what it takes, and never its value', () => {
    const problems = problemsOf({
      MUSTER_POLL_INTERVAL: '5 parsecs',
      MUSTER_RETIRE_ON_STOP: 'maybe',
      MUSTER_FOREIGN: 'burn',
      DATABASE_URL: 'hunter2',
    });
    expect(problems).toHaveLength(5);
    const text = problems.join('\n');
    expect(text).toMatch(/^MUSTER_PORT is missing; it takes a port/m);
    expect(text).toMatch(/^MUSTER_POLL_INTERVAL takes a duration such as/m);
    expect(text).toMatch(/^MUSTER_RETIRE_ON_STOP takes yes or no/m);
    expect(text).toMatch(/^MUSTER_FOREIGN takes .*keep.*prune/m);
    expect(text).toMatch(/^DATABASE_URL takes a database URL/m);
    expect(text).not.toContain('hunter2');
  });

  it('takes secrets from files', async () => {
    const file = path.join(await temporaryDirectory('config'), 'url');
    await writeFile(file, 'postgres://u:secret@h/d\n');
    const { DATABASE_URL: _, ...rest } = good;
    expect(readConfig(schema, { ...rest, DATABASE_URL_FILE: file }).DATABASE_URL).toBe('postgres://u:secret@h/d');
    expect(problemsOf({ ...good, DATABASE_URL_FILE: file })).toEqual([expect.stringMatching(/both set/)]);
    expect(problemsOf({ ...rest, DATABASE_URL_FILE: `${file}.not` })).toEqual([expect.stringMatching(/ENOENT/)]);
  });
});

describe('units', () => {
  it.each([
    ['250ms', 250],
    ['5s', 5_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['0s', 0],
    ['5', undefined],
    ['-5s', undefined],
    ['90d', undefined],
    ['5s5', undefined],
  ])('reads the duration %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    ['1048576', 1_048_576],
    ['64MiB', 67_108_864],
    ['64M', 67_108_864],
    ['1 GiB', 1_073_741_824],
    ['1.5kb', 1_536],
    ['lots', undefined],
    ['-1', undefined],
    ['9999999999999999TiB', undefined],
  ])('reads the size %s', (text, size) => expect(parseBytes(text)).toBe(size));
});
