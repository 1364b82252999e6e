/** What a cause means, how *why* comes to know it, and what clears it: the one table of causes. */
export interface CauseMeaning {
  readonly meaning: string;
  readonly knownBy: string;
  readonly remedy: string;
}

/**
 * The causes that *why* names, the gravest first: where several hold at once, the one that stands higher keeps the lower ones
 * from clearing.
 */
export const CAUSES = {
  'database-away': {
    meaning: 'the catalog cannot be read or written, by the whole cluster or by this node alone',
    knownBy: 'the status service itself, the last report, or the silent node when it is asked directly',
    remedy: 'bring PostgreSQL back; everything goes on by itself',
  },
  'node-id-duplicated': {
    meaning: 'two agents claim one node id',
    knownBy: 'the refusal that the second agent left in the catalog, or reports of two instances',
    remedy: 'give each server a MUSTER_NODE of its own',
  },
  'storage-shared': {
    meaning: 'two agents were given one storage directory',
    knownBy: 'the refusal that the second agent left in the catalog',
    remedy: 'give each node a MUSTER_STORAGE of its own',
  },
  'node-offline': {
    meaning: 'nothing was heard of the node for longer than the offline limit, or it has stopped',
    knownBy: 'the clock of the database and the last report',
    remedy: 'start the agent of this node, or retire the node',
  },
  forked: {
    meaning: 'the node knows a history that this catalog does not have, and changes nothing',
    knownBy: 'its report',
    remedy: 'give it its own database back, or let it accept this catalog',
  },
  paused: {
    meaning: 'the node is held in maintenance and takes nothing',
    knownBy: 'the catalog, and its report',
    remedy: 'resume the node',
  },
  'broker-away': {
    meaning: 'what carries the events does not answer; nodes find changes by their timer only',
    knownBy: 'the status service, or the report of the node',
    remedy: 'bring the broker back; everything goes on by itself',
  },
  'disk-full': {
    meaning: 'the storage of the node has no room for the package',
    knownBy: 'the failure that its report tells of',
    remedy: 'make room on that node; it is tried again by itself',
  },
  'package-missing': {
    meaning: 'no source has the bytes of the package any more',
    knownBy: 'the failure that its report tells of',
    remedy: 'import the same zip again',
  },
  'checksum-mismatch': {
    meaning: 'a source delivered bytes that are not those of the package',
    knownBy: 'the failure that its report tells of',
    remedy: 'look at that source: what it serves under this digest is damaged; import the same zip again',
  },
  'hook-failed': {
    meaning: 'the deploy or undeploy hook failed, or did not end in time',
    knownBy: 'the failure that its report tells of',
    remedy: 'mend the hook on that node, then retry; or roll the extension back',
  },
  'install-failed': {
    meaning: 'another step of the change failed on this node',
    knownBy: 'the failure that its report tells of',
    remedy: 'look at the failure, then retry',
  },
  'dependency-parked': {
    meaning: 'it waits for another extension, which is parked or missing on this node',
    knownBy: 'its report, which names for which',
    remedy: 'clear that one; this one follows by itself',
  },
  'drift-recurring': {
    meaning: 'something else writes into this directory: the same correction was made again and again',
    knownBy: 'the corrections that its report lists',
    remedy: 'find what writes there, and stop it',
  },
  'lock-held': {
    meaning: "another process holds the lock of the node's storage",
    knownBy: 'its report, which names the holder',
    remedy: 'wait for the holder, or end it',
  },
  'waiting-turn': {
    meaning: 'other nodes run their deploy hooks first, or the hook of this change has failed on one of them',
    knownBy: 'its report, which names whose turn it is, or where it failed',
    remedy: 'wait for its turn; where it has failed, mend it there, or let the others go on',
  },
  superseded: {
    meaning: 'a later revision changed the extension before this one was proven',
    knownBy: 'the catalog',
    remedy: 'ask for the later revision',
  },
  'clock-skew': {
    meaning: "the node's clock differs from the database's; Muster reckons without it, its hooks and logs do not",
    knownBy: 'its report',
    remedy: "set the node's clock, and let NTP keep it",
  },
  'catching-up': {
    meaning: 'the change is known and on its way',
    knownBy: 'its report',
    remedy: 'wait',
  },
  'proof-missing': {
    meaning: 'the node has not looked at its disk lately, so that nobody knows what stands there',
    knownBy: 'the age of its last proof',
    remedy: 'let it verify; if it stays, look at the log of its agent',
  },
} as const satisfies Record<string, CauseMeaning>;

export type CauseName = keyof typeof CAUSES;
