import { STAGES, type BoardNode, type NodePassage, type RevisionPassage, type Stage } from '@muster/contracts';
import { NAMES, secondsAgo, sha } from './make-board.js';

const MOMENTS = ['receivedAt', 'startedAt', 'fetchedAt', 'stagedAt', 'switchedAt', 'deployedAt', 'provenAt'] as const;
const USUAL_MS: Readonly<Record<Stage, number>> = {
  publish: 14,
  receive: 6,
  wait: 22,
  fetch: 120,
  stage: 90,
  switch: 8,
  deploy: 410,
  prove: 45,
};

/** A passage with its stages, slower or quicker than usual by a factor. */
export function passage(node: string, committedAt: string, factor: number): NodePassage {
  const stages = Object.fromEntries(
    STAGES.map((stage, index) => [stage, Math.round(USUAL_MS[stage] * factor * (1 + (index % 3) * 0.1))]),
  ) as Record<Stage, number>;
  let atMs = Date.parse(committedAt);
  const times: Partial<Record<(typeof MOMENTS)[number], string>> = {};
  STAGES.forEach((stage, index) => {
    atMs += stages[stage];
    const moment = MOMENTS[index - 1];
    if (moment) times[moment] = new Date(atMs).toISOString();
  });
  const totalMs = STAGES.reduce((sum, stage) => sum + stages[stage], 0);
  return { node, state: 'proven', totalMs, stages, ...times };
}

const ACTORS = ['ana', 'ci', 'ben'] as const;
const ACTIONS = ['upgrade', 'install', 'remove', 'upgrade', 'downgrade'] as const;

/** The latest revisions of a board; nodes that are behind stand as absent, parked or under way in the newest. */
export function makePassages(nodes: readonly BoardNode[], head: number, newestAgoSeconds: number): RevisionPassage[] {
  return Array.from({ length: Math.min(head, 14) }, (_, index): RevisionPassage => {
    const revision = head - index;
    const committedAt = secondsAgo(newestAgoSeconds + index * 2_700 + (index % 3) * 400);
    const extension = NAMES[index % NAMES.length] ?? NAMES[0];
    const action = ACTIONS[index % ACTIONS.length] ?? 'install';
    const passages = nodes.map((node, place) =>
      passageOf(node, revision, committedAt, 0.7 + ((place * 7 + index * 3) % 10) / 10),
    );
    const slowest = Math.max(0, ...passages.map(({ totalMs }) => totalMs ?? 0));
    const converged = passages.every(({ state }) => state === 'proven');
    return {
      revision,
      actor: ACTORS[index % ACTORS.length] ?? 'ana',
      committedAt,
      publishedAt: new Date(Date.parse(committedAt) + 14).toISOString(),
      ...(converged && { convergedAt: new Date(Date.parse(committedAt) + slowest).toISOString() }),
      changes: [
        {
          action,
          extension,
          version: `1.0.${37 - index}`,
          sha256: sha(`${extension} ${revision}`),
          sizeBytes: 96_000 + index * 31_000,
          ...(action === 'upgrade' && { previousVersion: `1.0.${36 - index}` }),
          ...(action === 'downgrade' && { previousVersion: `1.0.${38 - index}` }),
        },
      ],
      nodes: passages,
    };
  });
}

function passageOf(node: BoardNode, revision: number, committedAt: string, factor: number): NodePassage {
  if (node.revision >= revision && node.state === 'live') return passage(node.node, committedAt, factor);
  if (node.state !== 'live' || node.paused) {
    return node.revision >= revision ? passage(node.node, committedAt, factor) : { node: node.node, state: 'absent' };
  }
  const receivedAt = new Date(Date.parse(committedAt) + 20).toISOString();
  return { node: node.node, state: node.parked > 0 ? 'parked' : 'under-way', receivedAt, startedAt: receivedAt };
}
