import type { BoardNode, BoardSnapshot, Cell } from '@muster/contracts';
import { makeProposal, OFFLINE, readiness } from './make-proposal.js';
import { makeBoard, makeCell, makeExtensions, makeNode, secondsAgo, sha } from './make-board.js';

export const HOOK_FAILURE = 'the deploy hook exited 3: "licence missing"';

/** The clusters that the page is looked at with. */
export const SCENARIOS = {
  empty: () => makeBoard(nodes(3, 0), [], 0, { committedAt: secondsAgo(60) }),
  'no-nodes': () => makeBoard([], [], 0),
  converged: () => makeBoard(nodes(3, 128), makeExtensions(5), 128),
  frozen: () =>
    makeBoard(nodes(3, 128), makeExtensions(5), 128, {
      frozen: { since: secondsAgo(3_000), actor: 'ana', reason: 'year-end closing' },
    }),
  /** Eight nodes that are well, for what is done on all of them together. */
  eight: () => makeBoard(nodes(8, 128), makeExtensions(5), 128),
  proposed,
  offline,
  parked,
  drifted,
  paused,
  forked,
  large,
} satisfies Record<string, () => BoardSnapshot>;
export type ScenarioName = keyof typeof SCENARIOS;

function nodes(count: number, revision: number): BoardNode[] {
  return Array.from({ length: count }, (_, index) => makeNode(`node-${index + 1}`, revision));
}

function replaceNode(all: BoardNode[], changed: BoardNode): BoardNode[] {
  return all.map((node) => (node.node === changed.node ? changed : node));
}

function offline(): BoardSnapshot {
  const silent = makeNode('node-3', 127, {
    state: 'offline',
    since: secondsAgo(190),
    heardSecondsAgo: 205,
    provenSecondsAgo: 208,
    inSync: false,
    lagRevisions: 1,
    lagSeconds: 96,
    reason: 'silent for longer than 15 s',
  });
  const all = replaceNode(nodes(3, 128), silent);
  return makeBoard(all, makeExtensions(5), 128, {
    state: 'absent',
    since: secondsAgo(190),
    reason: 'node-3 is offline',
  });
}

/** A proposal that one node cannot get ready for, and another is not there for. */
function proposed(): BoardSnapshot {
  const away = makeNode('node-8', 128, { state: 'offline', since: secondsAgo(190), inSync: false });
  const full = { code: 'disk-full', reason: 'no space is left in /srv/storage: 311 MB are needed, 84 MB are free' };
  const board = makeBoard(replaceNode(nodes(8, 128), away), makeExtensions(5), 128, {
    state: 'absent',
    since: secondsAgo(190),
  });
  const proposal = makeProposal(
    {
      id: '2f9be0f8-7e0c-4a31-9a55-0c5f5d1f2a10',
      baseRevision: 128,
      changes: [
        {
          action: 'upgrade',
          extension: 'Autocomplete',
          version: '1.0.38',
          previousVersion: '1.0.37',
          sha256: sha('Autocomplete 1.0.38'),
        },
      ],
      nodes: [
        ...['node-1', 'node-2', 'node-3'].map((node) => readiness(node, 'ready', {}, 11)),
        readiness('node-4', 'staging', {}, 14),
        readiness('node-5', 'failed', full, 9),
        readiness('node-6', 'staging', {}, 14),
        readiness('node-7', 'waiting', {}, 19),
        readiness('node-8', 'absent', OFFLINE, 190),
      ],
    },
    41,
  );
  return { ...board, proposals: [proposal] };
}

/** A chain: one extension parked by its hook, two that wait for it. */
function parked(): BoardSnapshot {
  const failure = { code: 'hook-failed', detail: HOOK_FAILURE, at: secondsAgo(22) };
  const cells: Record<string, Cell> = {
    Autocomplete: makeCell('parked', 360, {
      version: '1.0.36',
      wantedVersion: '1.0.37',
      nextAttempt: secondsAgo(-40),
      failure,
    }),
    GridAdvanced: makeCell('queued', 350, { version: '4.2.0', wantedVersion: '4.2.1', waitsFor: 'Autocomplete' }),
    MailTemplates: makeCell('queued', 350, { wantedVersion: '0.9.4', waitsFor: 'GridAdvanced' }),
  };
  const stuck = makeNode('node-2', 126, {
    inSync: false,
    parked: 1,
    lagRevisions: 2,
    lagSeconds: 372,
    queued: 2,
    cells,
    reason: `Autocomplete is parked: ${HOOK_FAILURE}`,
  });
  const all = replaceNode(nodes(3, 128), stuck);
  return makeBoard(all, makeExtensions(5), 128, {
    state: 'failed',
    since: secondsAgo(360),
    reason: 'node-2: Autocomplete is parked',
  });
}

function drifted(): BoardSnapshot {
  const written = makeNode('node-1', 128, {
    inSync: false,
    driftRecurring: ['CsvParser'],
    doing: 'putting CsvParser right',
    cells: { CsvParser: makeCell('drifted', 3, { version: '2.2', wantedVersion: '2.2' }) },
  });
  return makeBoard(replaceNode(nodes(3, 128), written), makeExtensions(5), 128, {
    state: 'syncing',
    since: secondsAgo(3),
  });
}

function paused(): BoardSnapshot {
  const held = makeNode('node-2', 127, {
    inSync: false,
    lagRevisions: 1,
    lagSeconds: 600,
    paused: { since: secondsAgo(900), actor: 'ben', reason: 'new disks' },
    cells: { Autocomplete: makeCell('queued', 600, { version: '1.0.36', wantedVersion: '1.0.37' }) },
  });
  return makeBoard(replaceNode(nodes(3, 128), held), makeExtensions(5), 128, {
    state: 'absent',
    since: secondsAgo(600),
  });
}

function forked(): BoardSnapshot {
  const other = makeNode('node-3', 131, {
    state: 'forked',
    since: secondsAgo(500),
    inSync: false,
    reason: 'it knows revision 131 of another history',
  });
  return makeBoard(replaceNode(nodes(3, 128), other), makeExtensions(5), 128, {
    state: 'failed',
    since: secondsAgo(500),
  });
}

const LARGE_NODES = 200;
const LARGE_EXTENSIONS = 500;

/** 200 × 500: most are well, some on their way, a few in every kind of trouble. */
function large(): BoardSnapshot {
  const extensions = makeExtensions(LARGE_EXTENSIONS);
  const name = (index: number): string => extensions[index % LARGE_EXTENSIONS]?.name ?? '';
  const all = nodes(LARGE_NODES, 900).map((node, index): BoardNode => {
    if (index === 16 || index === 140)
      return {
        ...node,
        state: 'offline',
        inSync: false,
        since: secondsAgo(400),
        heardSecondsAgo: 412,
        revision: 897,
        lagRevisions: 3,
        lagSeconds: 380,
      };
    if (index % 50 === 6) {
      const cells = Object.fromEntries(
        Array.from({ length: 3 }, (_, step) => [
          name(index * 7 + step * 31),
          makeCell(step === 0 ? 'parked' : 'queued', 300, { waitsFor: name(index * 7) }),
        ]),
      );
      return { ...node, inSync: false, parked: 1, cells, revision: 898, lagRevisions: 2, lagSeconds: 300 };
    }
    if (index === 77) return { ...node, inSync: false, cells: { [name(40)]: makeCell('drifted', 5) } };
    if (index % 9 === 0) {
      const steps = ['fetching', 'staging', 'deploying', 'queued'] as const;
      const cells = Object.fromEntries(
        Array.from({ length: 12 }, (_, step) => [
          name(step * 3 + 2),
          makeCell(steps[(index + step) % 4] ?? 'queued', 4),
        ]),
      );
      return { ...node, inSync: false, cells, queued: 3, revision: 899, lagRevisions: 1, lagSeconds: 4 };
    }
    return node;
  });
  return makeBoard(all, extensions, 900, { state: 'failed', since: secondsAgo(300) });
}
