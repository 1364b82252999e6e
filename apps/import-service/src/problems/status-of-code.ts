import { UNFREEZE } from '@muster/catalog';

/** How one code of the libraries is answered. */
export interface CodeAnswer {
  readonly status: number;
  readonly remedy: string;
  readonly retryAfterSeconds?: number;
  /** Where the world knows it by another code. */
  readonly code?: string;
}

const away: CodeAnswer = {
  status: 503,
  remedy: 'Try again when the database answers; GET /health/ready says when.',
  retryAfterSeconds: 5,
};
const node: CodeAnswer = {
  status: 503,
  remedy: 'Look at the storage of this node; its agent says more under GET /node.',
  retryAfterSeconds: 30,
};
const hook: CodeAnswer = {
  status: 422,
  remedy: 'Mend what the hook complains about, in the package or on this node, and import again.',
};

/** HTTP statuses of the codes of catalog and node storage, with what to do. Codes that are not here are bugs: 500. */
export const STATUS_OF_CODE: Readonly<Record<string, CodeAnswer>> = {
  'database-away': away,
  'schema-outdated': away,
  'schema-too-new': away,
  'outcome-unknown': {
    status: 503,
    remedy: 'Look at GET /revisions before you import again: the same bytes may be sent again without harm.',
    retryAfterSeconds: 10,
  },
  conflict: { status: 409, remedy: 'Look at GET /extensions and import again.' },
  'entity-owned': { status: 409, remedy: 'Rename the entity in this package, or remove its owner first.' },
  'name-collision': { status: 409, remedy: 'Give the package another name.' },
  'proposal-void': { status: 409, remedy: 'Import again; GET /proposals says what became of the earlier ones.' },
  frozen: { status: 409, remedy: UNFREEZE },
  'lock-timeout': { status: 503, remedy: 'Try again in a moment.', retryAfterSeconds: 5 },
  'lock-lost': { status: 503, remedy: 'Try again in a moment.', retryAfterSeconds: 5 },
  'turn-timeout': {
    status: 503,
    remedy: 'Send it again when the hooks of the other nodes have run, or raise PUT /settings/max-deploying.',
    retryAfterSeconds: 30,
  },
  'turn-lost': { status: 503, remedy: 'Try again in a moment.', retryAfterSeconds: 5 },
  'disk-full': { status: 507, remedy: 'Make room on the disk of this node and import again.', retryAfterSeconds: 60 },
  // The package reader's words for the same.
  'storage-full': {
    status: 507,
    code: 'disk-full',
    remedy: 'Make room on the disk of this node and import again.',
    retryAfterSeconds: 60,
  },
  'storage-failed': node,
  'reader-not-started': node,
  'reader-closed': node,
  'storage-unusable': node,
  'storage-corrupt': node,
  'file-system-unsupported': node,
  'sync-failed': node,
  'package-missing': node,
  'package-fetch-failed': node,
  'package-stalled': node,
  'checksum-mismatch': node,
  'manifest-missing': node,
  'hook-failed': hook,
  'hook-timeout': hook,
  'hook-not-started': hook,
  'hook-attempts-exhausted': hook,
  aborted: { status: 499, remedy: 'Send the request again and wait for its answer.', code: 'client-gone' },
};
