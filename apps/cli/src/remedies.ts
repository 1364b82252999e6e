/** What to do, in the words of the command line, where a service says it in those of its own interface. */
const REMEDIES: Readonly<Record<string, string>> = {
  'version-exists': 'Give the package a new version, or take these bytes in place of those with --force.',
  'version-lower': 'Take the lower version with --allow-downgrade; "muster rollback NAME" brings an earlier one back.',
  'has-dependants': 'Remove those first, or all of them together, as one revision, with --cascade.',
  'extension-unknown': '"muster list" shows what there is; names are case-sensitive.',
  'node-unknown': '"muster nodes" shows those that have enrolled.',
  'node-retired': 'Start its agent: a retired node that comes back is expected again.',
  'node-live':
    'Stop its agent first; after a crash its lease runs out by itself. Or hold it: "muster pause NODE --reason …".',
  'revision-unknown': '"muster revisions" lists them.',
  'replay-range-empty': '"muster revisions" lists the history, with the times.',
  'empty-body': 'The file is empty.',
  'zip-slip': 'Build the archive again without ".." and without absolute paths in its names.',
  frozen: 'Whoever froze it can say when it ends; "muster unfreeze" ends it.',
  'not-all-ready':
    'Mend, resume or retire those nodes, or give them longer with --deadline, and import again. Without --activate each node takes it as soon as it can.',
  'proposal-unknown': '"muster proposals" lists them.',
  conflict: 'Another change came first. Look at "muster list", then do it again.',
  'plan-changed': 'Look at it again with --preview, then repeat.',
  'outcome-unknown':
    'Look at "muster revisions" before you do it again. The same zip may be imported again without harm.',
  'database-away': 'Try again when the database answers.',
  unauthenticated: 'Give a token that is valid: MUSTER_TOKEN, or --token.',
  forbidden: 'This token may not do that.',
};

export function remedyOf(code: string): string | undefined {
  return REMEDIES[code];
}
