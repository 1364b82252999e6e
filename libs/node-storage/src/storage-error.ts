import { MusterError, type MusterErrorOptions } from '@muster/contracts';

/** Every code that this library fails with: stable, for tests, the API and the page. */
export type StorageErrorCode =
  | 'platform-unsupported'
  | 'file-system-unsupported'
  | 'storage-unusable'
  | 'storage-foreign-node'
  | 'storage-corrupt'
  | 'agent-running'
  | 'lock-timeout'
  | 'lock-lost'
  | 'disk-full'
  | 'package-missing'
  | 'package-fetch-failed'
  | 'package-stalled'
  | 'checksum-mismatch'
  | 'manifest-missing'
  | 'manifest-mismatch'
  | 'name-invalid'
  | 'sync-failed'
  | 'hook-failed'
  | 'hook-timeout'
  | 'hook-not-started'
  | 'hook-attempts-exhausted'
  | 'turn-lost'
  | 'turn-timeout'
  | 'back-out-failed'
  | 'aborted'
  | 'step-failed';

/** An expected failure of the storage. `code` is one of `StorageErrorCode`, or that of a refused package. */
export class StorageError extends MusterError {
  constructor(code: StorageErrorCode, detail: string, options: MusterErrorOptions = {}) {
    super(code, detail, options);
  }
}
