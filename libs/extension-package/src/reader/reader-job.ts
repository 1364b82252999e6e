import type { PackageContents, PackageLimits, PackageOutline } from '../package-reader.js';
import type { RefusalCode } from '../package-refused.js';

/** What the worker is asked. */
export type ReaderJob = { readonly zipFile: string; readonly limits: PackageLimits } & (
  { readonly kind: 'outline' } | { readonly kind: 'check' } | { readonly kind: 'extract'; readonly directory: string }
);

/** What it answers; it answers each job once, after one `ready` when it has started. */
export type ReaderAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly value: PackageOutline | PackageContents }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly detail: string; readonly facts: RefusalFacts }
  /** Not the package's fault: the zip could not be opened, the disk is full, … */
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly detail: string;
      readonly errno?: string;
      readonly facts: RefusalFacts;
    };

export interface RefusalFacts {
  readonly limit?: number | string;
  readonly actual?: number | string;
  readonly remedy?: string;
}
