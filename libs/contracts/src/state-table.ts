/** What a state means, who sets it and what ends it: the one table of states. */
export interface StateMeaning {
  readonly meaning: string;
  readonly setBy: string;
  readonly endedBy: string;
}

export const EXTENSION_STATES = {
  'in-sync': {
    meaning: 'the directory holds, byte for byte, what the catalog wants, and its deploy hook has run',
    setBy: 'the sync agent, after it has looked at the disk',
    endedBy: 'a new revision of the extension, or drift',
  },
  queued: {
    meaning: 'a change is known and waits behind others on this node',
    setBy: 'the sync agent, when the catalog is ahead of the disk',
    endedBy: 'its turn in the queue',
  },
  'waiting-turn': {
    meaning: 'other nodes run their deploy hooks first, or the hook of this change has failed on one of them',
    setBy: 'the sync agent, with everything staged and nothing switched',
    endedBy:
      'its turn; where it has failed: its success there, a later change, or an operator who lets the others go on',
  },
  fetching: {
    meaning: 'the zip is on its way to this node',
    setBy: 'the sync agent',
    endedBy: 'the last byte, or a failure',
  },
  verifying: {
    meaning: 'the digest of the zip, or of the directory, is being computed',
    setBy: 'the sync agent',
    endedBy: 'the digest',
  },
  staging: {
    meaning: 'the zip is being unpacked aside',
    setBy: 'the sync agent or the import service',
    endedBy: 'a complete tree that is safe on disk, or a failure',
  },
  installing: {
    meaning: 'the staged tree is being switched into place',
    setBy: 'the sync agent or the import service',
    endedBy: 'one atomic rename or exchange',
  },
  deploying: {
    meaning: 'the deploy or undeploy hook runs',
    setBy: 'the sync agent or the import service',
    endedBy: 'the end of the hook, or its deadline',
  },
  removing: {
    meaning: 'the directory is being taken away',
    setBy: 'the sync agent or the import service',
    endedBy: 'one rename into the trash',
  },
  parked: {
    meaning: 'it failed here and stands aside, with its reason; everything else goes on',
    setBy: 'the sync agent, after a failed step',
    endedBy: 'a retry that succeeds, or a newer change of the same extension',
  },
  drifted: {
    meaning: 'the directory no longer holds what the catalog says and what was put there',
    setBy: 'the sync agent, by its drift check',
    endedBy: 'the repair, at once',
  },
  unknown: {
    meaning: 'nobody has proven anything about it on this node',
    setBy: 'the status service, without a fresh proof',
    endedBy: 'a proof of the node',
  },
} as const satisfies Record<string, StateMeaning>;

export const NODE_STATES = {
  live: {
    meaning: 'its reports arrive',
    setBy: 'the status service, while reports are younger than the offline limit',
    endedBy: 'silence, a clean stop, or a fork',
  },
  offline: {
    meaning: 'enrolled and expected, but silent for longer than the offline limit',
    setBy: 'the status service, by the clock of the database',
    endedBy: 'its next report, or retiring it',
  },
  stopped: {
    meaning: 'it said that it stops; still expected',
    setBy: 'the sync agent, on a clean stop',
    endedBy: 'its next start, or retiring it',
  },
  forked: {
    meaning: 'its storage knows a history that this catalog does not have; it changes nothing',
    setBy: 'the sync agent, when catalog id or chain are unknown',
    endedBy: 'an operator who accepts the catalog, or the right database',
  },
  retired: {
    meaning: 'no longer expected',
    setBy: 'an operator, or a clean stop with MUSTER_RETIRE_ON_STOP=yes',
    endedBy: 'its return with a new instance',
  },
} as const satisfies Record<string, StateMeaning>;

export type ExtensionState = keyof typeof EXTENSION_STATES;
export type NodeState = keyof typeof NODE_STATES;
