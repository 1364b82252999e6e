import { MusterError } from '@muster/contracts';
import { readFileSync } from 'node:fs';
import type { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment does not fit; the message names every bad variable and says what it takes. */
export class ConfigError extends MusterError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('bad-configuration', `bad configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * The values of a schema whose keys are names of environment variables. An empty variable counts as absent. Every
 * variable may come from a file instead, named by `NAME_FILE` (one line break at its end is dropped).
 *
 * @throws ConfigError that lists all that is bad at once; values are never part of it, for they may be secrets.
 */
export function readConfig<S extends z.ZodObject>(schema: S, environment: Environment = process.env): z.output<S> {
  const problems: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = readVariable(name, environment, problems);
    if (value !== undefined) values[name] = value;
  }
  const unreadable = new Set(problems.map(nameOf));
  const result = schema.safeParse(values);
  for (const issue of result.error?.issues ?? []) {
    const name = issue.path.join('.');
    if (unreadable.has(name)) continue;
    if (name === '') problems.push(issue.message);
    else
      problems.push(
        values[name] === undefined ? `${name} is missing; it takes ${issue.message}` : `${name} takes ${issue.message}`,
      );
  }
  if (!result.success || problems.length > 0) throw new ConfigError(problems);
  return result.data;
}

function readVariable(name: string, environment: Environment, problems: string[]): string | undefined {
  const direct = environment[name] || undefined;
  const file = environment[`${name}_FILE`] || undefined;
  if (file === undefined) return direct;
  if (direct !== undefined) {
    problems.push(`${name} and ${name}_FILE are both set; set one of them`);
    return undefined;
  }
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '') || undefined;
  } catch (error) {
    problems.push(`${name}_FILE takes a file that can be read; ${file}: ${(error as NodeJS.ErrnoException).code}`);
    return undefined;
  }
}

function nameOf(problem: string): string {
  return problem.split(/_FILE\b| /)[0] ?? '';
}
