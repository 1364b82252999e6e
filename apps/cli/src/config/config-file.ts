import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { EXIT } from '../exit-code.js';
import { Failure } from '../failure.js';
import type { World } from '../world.js';

const configSchema = z.strictObject({
  url: z.string().optional(),
  statusUrl: z.string().optional(),
  token: z.string().optional(),
});
export type ConfigFile = z.infer<typeof configSchema>;

export interface FoundConfig {
  readonly file: string;
  /** It lies where the command is called, so that a directory from elsewhere may have brought it. */
  readonly isOfDirectory: boolean;
  readonly values: ConfigFile;
}

/** The file that is named, else `.muster.json` here and the user's own, in this order. */
export function configFiles(named: string | undefined, world: World): FoundConfig[] {
  if (named !== undefined) {
    const file = path.resolve(world.directory, named);
    const values = read(file);
    if (values === undefined) throw unusable(file, 'there is no such file', 'config-missing');
    return [{ file, isOfDirectory: false, values }];
  }
  const ofUser = world.environment['XDG_CONFIG_HOME'] || path.join(world.home, '.config');
  const candidates = [
    { file: path.join(world.directory, '.muster.json'), isOfDirectory: true },
    { file: path.join(ofUser, 'muster', 'config.json'), isOfDirectory: false },
  ];
  return candidates.flatMap((candidate) => {
    const values = read(candidate.file);
    return values === undefined ? [] : [{ ...candidate, values }];
  });
}

function read(file: string): ConfigFile | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unusable(file, `it cannot be read (${code ?? String(error)})`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own words would show the text, and with it the token.
    throw unusable(file, 'it is not JSON');
  }
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '));
  throw unusable(file, issues.join('; '));
}

function unusable(file: string, detail: string, code = 'config-invalid'): Failure {
  return new Failure(file, code, detail, {
    exitCode: EXIT.fault,
    happened: 'cannot be used',
    remedy: 'It holds JSON like {"url": "https://muster.example", "statusUrl": "…", "token": "…"}; each is optional.',
  });
}
