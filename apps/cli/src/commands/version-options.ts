import { Option } from 'commander';

/** What an import, or a plan of one, says of the versions that it brings. */
export interface VersionOptions {
  readonly force?: boolean;
  readonly allowDowngrade?: boolean;
  readonly partial?: boolean;
}

export function forceOption(): Option {
  return new Option('--force', 'take the same version with other bytes');
}

export function allowDowngradeOption(): Option {
  return new Option('--allow-downgrade', 'take a version that is lower than the installed one');
}

export function partialOption(): Option {
  return new Option('--partial', 'leave out what is installed in the same version or a newer one');
}

export function togetherOption(): Option {
  return new Option(
    '--together',
    'all files as one revision: all or nothing, in the order in which they need each other',
  );
}

export function queryOf({
  force,
  allowDowngrade,
  partial,
}: VersionOptions): Record<string, string | boolean | undefined> {
  return { force, allowDowngrade, partial: partial ? 'skip-installed' : undefined };
}
