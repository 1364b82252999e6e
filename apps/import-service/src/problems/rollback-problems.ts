import type { KnownVersion, RollbackRequest } from '@muster/contracts';
import { HttpProblem } from '@muster/service-kit';

/** Most packages that a refusal names. */
const MAX_NAMED = 10;

/** 404: the catalog has no extension of this name; of one that was removed it says how to bring it back. */
export function extensionUnknown(name: string, versions: readonly KnownVersion[] = []): HttpProblem {
  const quoted = JSON.stringify(name);
  const last = versions.find(({ stored }) => stored);
  if (last === undefined) {
    return new HttpProblem(404, 'extension-unknown', `no extension is called ${quoted}`, {
      remedy: 'GET /extensions lists those that are installed; names are case-sensitive.',
    });
  }
  return new HttpProblem(404, 'extension-unknown', `${quoted} was removed; known: ${named(versions)}`, {
    remedy: `POST /extensions/${encodeURIComponent(name)}/rollback brings it back, {"version": "${last.version}"} for a certain one.`,
  });
}

/** 422: the extension never had such a package. */
export function versionUnknown(
  name: string,
  { version, sha256 }: RollbackRequest,
  versions: readonly KnownVersion[],
): HttpProblem {
  const asked = [...(version === undefined ? [] : [version]), ...(sha256 === undefined ? [] : [`sha256 ${sha256}`])];
  const detail =
    asked.length === 0 ? `"${name}" had no package before this one` : `"${name}" never had ${asked.join(' with ')}`;
  return new HttpProblem(422, 'version-unknown', `${detail}; known: ${named(versions)}`, {
    remedy: 'Name one of those that are stored, or import the zip of the version that you want.',
  });
}

/** 409: the version alone does not say which bytes. */
export function versionAmbiguous(name: string, candidates: readonly KnownVersion[]): HttpProblem {
  const all = candidates.map(describeBytes).join('; ');
  return new HttpProblem(
    409,
    'version-ambiguous',
    `"${name}" ${candidates[0]?.version ?? ''} was imported with ${candidates.length} contents: ${all}`,
    { limit: 1, actual: candidates.length, remedy: 'Give the sha256 of the one that you mean.' },
  );
}

/** 410: history knows the package, its zip is gone. */
export function packagePurged(
  name: string,
  { version, sha256 }: KnownVersion,
  versions: readonly KnownVersion[],
): HttpProblem {
  const stored = versions.filter((one) => one.stored);
  return new HttpProblem(
    410,
    'package-purged',
    `the zip of "${name}" ${version} (sha256 ${sha256}) was purged or collected`,
    {
      remedy: `Import the zip of ${version} again${stored.length === 0 ? '.' : `; or take one that is stored: ${named(stored)}.`}`,
    },
  );
}

/** 409: what was current before is no longer what it was when the roll back was asked for. */
export function changedMeanwhile(name: string): HttpProblem {
  return new HttpProblem(409, 'conflict', `"${name}" was changed by somebody else meanwhile`, {
    remedy: `Look at GET /extensions/${encodeURIComponent(name)}, and name the version that you want back.`,
  });
}

/** 500: PostgreSQL gave other bytes than were stored. */
export function storedBytesDamaged(name: string, { version, sha256 }: KnownVersion, actual: string): HttpProblem {
  return new HttpProblem(
    500,
    'checksum-mismatch',
    `what the catalog stored for "${name}" ${version} is no longer the zip with the sha256 ${sha256}`,
    {
      actual,
      remedy: 'Restore the database from a backup, or import that version again under a new version number.',
    },
  );
}

function named(versions: readonly KnownVersion[]): string {
  if (versions.length === 0) return 'none';
  const shown = versions
    .slice(0, MAX_NAMED)
    .map(({ version, stored }) => (stored ? version : `${version} (its zip is gone)`));
  const rest = versions.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function describeBytes({ sha256, importedAt, current, stored }: KnownVersion): string {
  const state = current ? ', current' : stored ? '' : ', its zip is gone';
  return `sha256 ${sha256} (of ${importedAt}${state})`;
}
