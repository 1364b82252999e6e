import type { ChangeAction, RevisionChange } from '@muster/contracts';

export interface ChangeRow {
  action: ChangeAction;
  extension: string;
  version: string;
  sha256: string;
  sizeBytes: number;
  previousVersion: string | null;
  previousSha256: string | null;
}

/** Of `revision_change c` joined with its `package p`. */
export const CHANGE_COLUMNS = `c.action, c.extension, c.version, c.sha256, p.size_bytes as "sizeBytes",
  c.previous_version as "previousVersion", c.previous_sha256 as "previousSha256"`;

export function asChange(row: ChangeRow): RevisionChange {
  const { action, extension, version, sha256, sizeBytes, previousVersion, previousSha256 } = row;
  return {
    action,
    extension,
    version,
    sha256,
    sizeBytes,
    ...(previousVersion !== null && { previousVersion }),
    ...(previousSha256 !== null && { previousSha256 }),
  };
}
