import { compareVersions, parseVersion } from '@muster/contracts';
import type { ChangeAction, Version, Warning } from '@muster/contracts';
import type { CurrentExtension, Incoming, Reason } from './facts.js';
import type { ImportOptions } from './import-options.js';

export interface VersionVerdict {
  /** Absent: exactly these bytes are current, so there is nothing to do. */
  readonly action?: Exclude<ChangeAction, 'remove'>;
  readonly reasons: readonly Reason[];
  readonly warnings: readonly Warning[];
}

/** What becomes of the extension, seen from the versions and bytes of what is there and what comes. */
export function versionRule(
  { metadata, sha256 }: Pick<Incoming, 'metadata' | 'sha256'>,
  current: CurrentExtension | undefined,
  { force, allowDowngrade }: Pick<ImportOptions, 'force' | 'allowDowngrade'>,
): VersionVerdict {
  if (current === undefined) return verdict('install');
  if (current.sha256 === sha256) return { reasons: [], warnings: [] };
  const order = compareVersions(versionOf(metadata.version), versionOf(current.version));
  if (order > 0) return verdict('upgrade');
  if (order < 0) {
    if (!allowDowngrade) return verdict('downgrade', [versionLower(metadata, current)]);
    const detail = `"${metadata.name}" goes down from ${current.version} to ${metadata.version}`;
    return verdict('downgrade', [], [{ code: 'downgrade', detail }]);
  }
  if (!force) return verdict('reinstall', [versionExists(metadata.name, current)]);
  const detail = `other bytes take the place of "${metadata.name}" ${current.version}`;
  return verdict('reinstall', [], [{ code: 'same-version-replaced', detail }]);
}

function versionExists(name: string, current: CurrentExtension): Reason {
  return {
    code: 'version-exists',
    detail: `"${name}" ${current.version} is installed already, with other bytes (sha256 ${current.sha256})`,
    remedy: 'Give the package a new version, or take these bytes in place of those with ?force=true.',
  };
}

function versionLower({ name, version }: Incoming['metadata'], current: CurrentExtension): Reason {
  return {
    code: 'version-lower',
    detail: `a newer version of "${name}" is installed already: ${current.version}, and this is ${version}`,
    remedy: 'Take the lower version with ?allowDowngrade=true, or roll back to a version that was installed before.',
  };
}

function verdict(
  action: Exclude<ChangeAction, 'remove'>,
  reasons: readonly Reason[] = [],
  warnings: readonly Warning[] = [],
): VersionVerdict {
  return { action, reasons, warnings };
}

/** A version that passed its schema. */
export function versionOf(text: string): Version {
  const version = parseVersion(text);
  if (version === undefined) throw new TypeError(`"${text}" is no version`);
  return version;
}
