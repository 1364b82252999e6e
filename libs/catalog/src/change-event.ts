import { EXTENSION_CHANGED_VERSION } from '@muster/contracts';
import type { ExtensionChanged, RevisionChange } from '@muster/contracts';

/** What the events of one revision have in common. */
export interface EventFrame {
  readonly catalogId: string;
  readonly revision: number;
  readonly chain: string;
  /** How many changes the revision has. */
  readonly count: number;
  /** RFC 3339. */
  readonly committedAt: string;
  readonly actor: string;
  readonly traceparent?: string;
}

/** The event of one change: made at the commit, and made again, just the same, by a replay. */
export function changeEvent(frame: EventFrame, position: number, change: RevisionChange): ExtensionChanged {
  const { catalogId, revision, chain, count, committedAt, actor, traceparent } = frame;
  const { action, extension, version, sha256, sizeBytes } = change;
  return {
    type: 'ExtensionChanged',
    schemaVersion: EXTENSION_CHANGED_VERSION,
    catalogId,
    revision,
    chain,
    position,
    count,
    action,
    extension,
    version,
    sha256,
    sizeBytes,
    committedAt,
    actor,
    ...(traceparent !== undefined && { traceparent }),
  };
}
