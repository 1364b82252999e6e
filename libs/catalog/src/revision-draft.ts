import type { PackageManifest, PackageMetadata, RevisionChange } from '@muster/contracts';

/** A package that a draft brings. `blob` is what `blobs.write` gave; leave it out only where the catalog has the zip. */
export interface NewPackage {
  /** sha256 of the zip. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
  readonly metadata: PackageMetadata;
  readonly manifest: PackageManifest;
  /** `packageTreeDigest`, `.chk` included. */
  readonly treeDigest: string;
  readonly blob?: string;
}

/** An extension comes. `expected` is the sha256 of the package that the plan found current; null for an install. */
export interface DraftInstall {
  readonly action: 'install' | 'upgrade' | 'downgrade' | 'reinstall';
  readonly package: NewPackage;
  readonly expected: string | null;
}

/** An extension goes. With `purge` its zip is deleted in the same commit; otherwise it is kept for roll back. */
export interface DraftRemoval {
  readonly action: 'remove';
  readonly extension: string;
  readonly expected: string;
  readonly purge?: boolean;
}

export type DraftChange = DraftInstall | DraftRemoval;

/** A dependency that is not met: `extension` needs `dependency`, which is absent or too old or of another major. */
export interface UnmetDependency {
  readonly extension: string;
  readonly dependency: string;
}

/** What an importer wants committed: all of it or nothing, in this order. */
export interface RevisionDraft {
  /** The importer's own id of this attempt, unique for ever; `findImport` asks for it. */
  readonly importId: string;
  readonly actor: string;
  readonly traceparent?: string;
  readonly changes: readonly DraftChange[];
  /** Dependencies that the plan knew to be unmet and takes anyway. Any other that the commit would newly leave unmet is a conflict. */
  readonly acceptUnmet?: readonly UnmetDependency[];
  /** Consumers read the outbox itself: what is committed is published. Otherwise a relay says when it was. */
  readonly published?: boolean;
  /** Only if this proposal is open, in time and staged by every expected node; it is settled with the commit. */
  readonly proposal?: string;
}

export interface Committed {
  readonly ok: true;
  readonly revision: number;
  readonly chain: string;
  readonly rootDigest: string;
  /** RFC 3339, by the database's clock. */
  readonly committedAt: string;
  readonly changes: readonly RevisionChange[];
}

/**
 * Why a commit was backed out, with nothing changed. `conflict`: the catalog is no longer what the plan assumed (or a
 * deadlock): plan again. `entity-owned`: another extension owns an entity. `name-collision`: two names are one when case or
 * Unicode form is folded. `lock-timeout`: another commit held on for longer than the limit. `frozen`: somebody froze the
 * catalog. `proposal-not-ready`: not every expected node has staged it at this moment. `proposal-void`: it is over.
 */
export type CommitRefusalCode =
  'conflict' | 'entity-owned' | 'name-collision' | 'lock-timeout' | 'frozen' | 'proposal-not-ready' | 'proposal-void';

export interface CommitRefused {
  readonly ok: false;
  readonly code: CommitRefusalCode;
  /** For people; names the thing. */
  readonly detail: string;
  readonly remedy?: string;
}

export type CommitResult = Committed | CommitRefused;
