import type { BoardNode, BoardSnapshot, Cause, Why } from '@muster/contracts';
import { HOOK_FAILURE } from './scenarios.js';
import { secondsAgo } from './make-board.js';

/** Answers *why* from the board, in the way the status service does: the gravest first, then what follows from it. */
export function answerWhy(
  { cluster, nodes, extensions }: BoardSnapshot,
  node: string | undefined,
  extension: string | undefined,
): Why {
  const causes = nodes
    .filter((row) => node === undefined || row.node === node)
    .flatMap((row) => causesOf(row, extension, extensions));
  const text =
    causes.length === 0
      ? `${extension ?? 'everything'} ${node === undefined ? 'is as it should be on every node' : `on ${node} is as it should be`}`
      : causes.map((cause) => cause.text).join('; ');
  return {
    ...(node !== undefined && { node }),
    ...(extension !== undefined && { extension }),
    revision: cluster.revision,
    ok: causes.length === 0,
    text,
    causes,
    at: new Date().toISOString(),
  };
}

function causesOf(row: BoardNode, extension: string | undefined, wanted: BoardSnapshot['extensions']): Cause[] {
  const { node } = row;
  if (row.state === 'offline') {
    return [
      {
        cause: 'node-offline',
        node,
        since: row.since,
        text: `nothing was heard of ${node} for 3 min 25 s; the limit is 15 s`,
        remedy: `start the agent of ${node}, or retire the node`,
      },
    ];
  }
  if (row.state === 'forked') {
    return [
      {
        cause: 'forked',
        node,
        since: row.since,
        text: `${node} knows revision 131 of a history that this catalog does not have, and changes nothing`,
        remedy: 'give it its own database back, or let it accept this catalog',
      },
    ];
  }
  if (row.paused) {
    return [
      {
        cause: 'paused',
        node,
        since: row.paused.since,
        text: `${node} was paused by ${row.paused.actor}: ${row.paused.reason}`,
        remedy: `resume ${node}`,
        command: `muster resume ${node}`,
      },
    ];
  }
  const names = Object.keys(row.cells).filter((name) => extension === undefined || name === extension);
  return names.flatMap((name) => cellCauses(row, name, wanted.find((entry) => entry.name === name)?.version ?? ''));
}

function cellCauses(row: BoardNode, extension: string, version: string): Cause[] {
  const { node } = row;
  const cell = row.cells[extension];
  if (cell?.state === 'parked') return [hookFailed(node, extension, version, cell.since)];
  if (cell?.state === 'drifted') {
    return [
      {
        cause: 'drift-recurring',
        node,
        extension,
        since: cell.since,
        text: `the directory of ${extension} on ${node} was put right 4 times in the last 10 min: something else writes there`,
        remedy: 'find what writes there, and stop it',
      },
    ];
  }
  if (cell?.waitsFor !== undefined) {
    const waits: Cause = {
      cause: 'dependency-parked',
      node,
      extension,
      since: cell.since,
      waitsFor: cell.waitsFor,
      text: `${node} does not have ${extension} ${version} because it waits for ${cell.waitsFor}`,
      remedy: `clear ${cell.waitsFor}; ${extension} follows by itself`,
    };
    return [waits, ...cellCauses(row, cell.waitsFor, '')];
  }
  if (!cell) return [];
  return [
    {
      cause: 'catching-up',
      node,
      extension,
      since: cell.since,
      text: `${node} is at work on ${extension} ${version}: ${cell.state}`,
      remedy: 'wait',
    },
  ];
}

function hookFailed(node: string, extension: string, version: string, since: string): Cause {
  return {
    cause: 'hook-failed',
    node,
    extension,
    since,
    text: `${node} does not have ${extension} ${version === '' ? '1.0.37' : version} (revision 127): it is parked, because ${HOOK_FAILURE}`,
    attempts: 5,
    nextAttempt: secondsAgo(-40),
    firstFailure: {
      code: 'hook-failed',
      detail: 'the deploy hook exited 1: connection to the licence server refused',
      at: since,
    },
    lastFailure: { code: 'hook-failed', detail: HOOK_FAILURE, at: secondsAgo(22) },
    remedy: `mend the hook on ${node}, then retry; or roll ${extension} back`,
    command: `muster retry ${node} ${extension}`,
  };
}
