import type { NodePassage, RevisionChange, RevisionPassage, Stage } from '@muster/contracts';
import { EXTENSION_LOOKS, NODE_LOOKS, type Look } from './looks.js';

/** Stages in the order of time, and what a person calls them. */
export const STAGE_WORDS: Readonly<Record<Stage, string>> = {
  publish: 'published',
  receive: 'received',
  wait: 'waited',
  fetch: 'fetched',
  stage: 'unpacked',
  switch: 'switched',
  deploy: 'deployed',
  prove: 'proven',
};
export const STAGE_ORDER = Object.keys(STAGE_WORDS) as Stage[];

export const PASSAGE_LOOKS: Record<NodePassage['state'], Look> = {
  proven: { ...EXTENSION_LOOKS['in-sync'], word: 'proven' },
  parked: EXTENSION_LOOKS.parked,
  'under-way': { ...NODE_LOOKS.behind, word: 'under way' },
  skipped: { shape: 'hollow', word: 'skipped', tone: 'away', grave: 1 },
  absent: { ...NODE_LOOKS.offline, word: 'absent' },
};

/** `install Autocomplete 1.0.38`, `upgrade Foo 1.0 → 1.1`; of several `install Base and 11 more`, `Base and 11 more`. */
export function changesText(changes: readonly NamedChange[]): string {
  const [change, ...others] = changes;
  if (change === undefined) return 'no change';
  if (others.length === 0) return changeText(change);
  const isOfOneKind = others.every(({ action }) => action === change.action);
  return `${isOfOneKind ? `${change.action} ` : ''}${change.extension} and ${others.length} more`;
}

export type NamedChange = Omit<RevisionChange, 'sha256' | 'sizeBytes'>;

export function changeText({ action, extension, version, previousVersion }: NamedChange): string {
  const versions =
    previousVersion !== undefined && previousVersion !== version ? `${previousVersion} → ${version}` : version;
  return `${action} ${extension} ${versions}`;
}

export interface PassageSummary {
  readonly proven: number;
  readonly expected: number;
  /** From the commit to the last proof, where all have it. */
  readonly seconds?: number;
  readonly parked: readonly string[];
  readonly absent: number;
  readonly underWay: number;
}

export function summaryOf({ nodes, committedAt, convergedAt }: RevisionPassage): PassageSummary {
  const of = (state: NodePassage['state']): NodePassage[] => nodes.filter((node) => node.state === state);
  return {
    proven: of('proven').length + of('skipped').length,
    expected: nodes.length,
    parked: of('parked').map(({ node }) => node),
    absent: of('absent').length,
    underWay: of('under-way').length,
    ...(convergedAt !== undefined && { seconds: (Date.parse(convergedAt) - Date.parse(committedAt)) / 1000 }),
  };
}

/** The longest passage that was measured, for the scale of the bars; at least a tenth of a second. */
export function scaleMs(nodes: readonly NodePassage[]): number {
  return Math.max(100, ...nodes.map(({ totalMs }) => totalMs ?? 0));
}
