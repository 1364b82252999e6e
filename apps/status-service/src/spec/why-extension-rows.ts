import { parked } from './make-facts.js';
import { ago, failing, inState, node3, without, type Row } from './why-reports.js';

/** What keeps one extension from a node. */
export const EXTENSION_ROWS: readonly Row[] = [
  {
    title: 'a hook that failed',
    nodes: { 'node-3': failing({ detail: 'deploy: the deploy hook exited 3: "licence missing"' }, { attempts: 5 }) },
    ask: { ...node3, extension: 'App' },
    causes: ['hook-failed'],
    text: /^node-3 does not have App 2 \(revision 3\) because it is parked since 11:59:55 UTC \(5\.0 s\): the deploy hook exited 3: "licence missing"; 5 attempts; next try in 40 s; to clear it: mend the hook on node-3.*: muster retry node-3 App\.$/,
    command: 'muster retry node-3 App',
  },
  ...(['hook-timeout', 'hook-not-started'] as const).map((code): Row => ({
    title: `a hook with ${code}`,
    nodes: { 'node-3': failing({ code, detail: 'the deploy hook did not' }) },
    ask: node3,
    causes: ['hook-failed'],
    text: /node-3 is not as revision 3 wants it because App 2 is parked/,
  })),
  {
    title: 'bytes that are not the package',
    nodes: { 'node-3': failing({ code: 'checksum-mismatch', detail: 'fetch: sha256 differs' }) },
    ask: { ...node3, extension: 'App' },
    causes: ['checksum-mismatch'],
    text: /fetch: sha256 differs \(checksum-mismatch\).*import the zip of App again/,
  },
  {
    title: 'files that are not those of the manifest',
    nodes: { 'node-3': failing({ code: 'manifest-mismatch', detail: 'stage: a file more' }) },
    ask: node3,
    causes: ['checksum-mismatch'],
    text: /a file more \(manifest-mismatch\)/,
  },
  {
    title: 'a package that nobody has',
    nodes: { 'node-3': failing({ code: 'package-missing', detail: 'fetch: purged' }) },
    ask: node3,
    causes: ['package-missing'],
    text: /purged/,
  },
  {
    title: 'no room',
    nodes: { 'node-3': failing({ code: 'disk-full', detail: 'stage: no space left' }) },
    ask: node3,
    causes: ['disk-full'],
    text: /no space left.*make room on node-3/,
  },
  {
    title: 'another step that failed',
    nodes: { 'node-3': failing({ code: 'step-failed', detail: 'switch: EIO' }) },
    ask: node3,
    causes: ['install-failed'],
    text: /EIO \(step-failed\)/,
  },
  {
    title: 'a failure that is tried again right now',
    nodes: { 'node-3': failing({}, { state: 'deploying' }) },
    ask: { ...node3, extension: 'App' },
    causes: ['hook-failed'],
    text: /it is deploying again: the deploy hook exited 3/,
  },
  {
    title: 'a chain',
    nodes: {
      'node-3': {
        revision: 3,
        entries: [
          { ...parked('Base 1', 3), nextAttemptAt: ago(-40_000) },
          { ...without(parked('App 2', 3)), waitsFor: 'Base' },
        ],
      },
    },
    ask: { ...node3, extension: 'App' },
    causes: ['hook-failed', 'dependency-parked'],
    text: /^node-3 does not have App 2 \(revision 3\) because it waits for Base, which is parked since 11:59:55 UTC \(5.0 s\): the deploy hook exited 3: "licence missing"; 1 attempt; next try in 40 s; to clear it: mend the hook on node-3.*: muster retry node-3 Base\.$/,
    command: 'muster retry node-3 Base',
  },
  {
    title: 'the same chain, asked of the whole node',
    nodes: {
      'node-3': { revision: 3, entries: [parked('Base 1', 3), { ...without(parked('App 2', 3)), waitsFor: 'Base' }] },
    },
    ask: node3,
    causes: ['hook-failed', 'dependency-parked'],
    text: /^node-3 is not as revision 3 wants it because Base 1 is parked .* Also, App 2 waits for Base\.$/,
  },
  {
    title: 'a dependency that is not there',
    nodes: {
      'node-3': { revision: 3, holds: ['Base 1'], entries: [{ ...without(parked('App 2', 3)), waitsFor: 'Gone' }] },
    },
    ask: { ...node3, extension: 'App' },
    causes: ['dependency-parked'],
    text: /it waits for Gone, which is not there; to clear it/,
  },
  {
    title: 'a circle ends',
    nodes: {
      'node-3': {
        revision: 3,
        entries: [
          { ...without(parked('Base 1', 3)), waitsFor: 'App' },
          { ...without(parked('App 2', 3)), waitsFor: 'Base' },
        ],
      },
    },
    ask: { ...node3, extension: 'App' },
    causes: ['dependency-parked', 'dependency-parked'],
    text: /it waits for Base, which waits for App/,
  },
  {
    title: 'another extension that is parked does not matter to this one',
    nodes: { 'node-3': failing({}) },
    ask: { ...node3, extension: 'Base' },
    causes: [],
    ok: true,
    text: /^node-3 has Base 1 \(revision 1\), proven 1\.1 s ago\.$/,
  },
  {
    title: 'on its way',
    nodes: { 'node-3': { holds: ['Base 1'], revision: 2, change: { queue: [{ extension: 'App', revision: 3 }] } } },
    ask: node3,
    causes: ['catching-up'],
    text: /it is on its way: it is at revision 2, 1 revision behind the head; 1 change queued, 10 s after the commit/,
  },
  {
    title: 'on its way, one extension',
    nodes: { 'node-3': inState('fetching') },
    ask: { ...node3, extension: 'App' },
    causes: ['catching-up'],
    text: /node-3 does not have App 2 \(revision 3\) because it is on its way/,
  },
  {
    title: 'a correction of drift on its way, which no commit asked for',
    nodes: {
      'node-3': inState('deploying', { drift: [{ extension: 'App', found: 'a byte is another', at: ago(2_000) }] }),
    },
    ask: { ...node3, extension: 'App' },
    causes: ['catching-up'],
    text: /because it is being put right since .* \(2\.0 s\): a byte is another; it is deploying/,
  },
  {
    title: 'its turn',
    nodes: {
      'node-3': inState('waiting-turn', {
        step: { extension: 'App', state: 'waiting-turn', since: ago(2_000), detail: 'node-1 deploys' },
      }),
    },
    ask: node3,
    causes: ['waiting-turn'],
    text: /App 2 is ready, and waits for its turn to run its deploy hook since .*: node-1 deploys/,
  },
  {
    title: 'whose turn it is',
    nodes: {
      'node-3': inState(
        'waiting-turn',
        {},
        {
          turn: { detail: 'node-1 has the turn, for App', node: 'node-1', since: ago(3_000), failed: false },
        },
      ),
    },
    ask: node3,
    causes: ['waiting-turn'],
    text: /waits for its turn to run its deploy hook since .*: node-1 has the turn, for App, since .* \(3\.0 s\)/,
  },
  {
    title: 'a hook that failed elsewhere',
    nodes: {
      'node-3': inState(
        'waiting-turn',
        {},
        {
          turn: {
            detail: 'the hook of App failed on node-1: no licence',
            node: 'node-1',
            since: ago(3_000),
            failed: true,
          },
        },
      ),
    },
    ask: node3,
    causes: ['waiting-turn'],
    text: /App 2 is held back here since .*: the hook of App failed on node-1: no licence, since .*; to clear it: mend it on node-1 .*muster proceed App.*: muster retry node-1 App/,
  },
];
