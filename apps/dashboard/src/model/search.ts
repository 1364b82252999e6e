import type { BoardSnapshot } from '@muster/contracts';
import { nodeLook } from './looks.js';

export interface Found {
  readonly kind: 'node' | 'extension' | 'revision' | 'act';
  readonly name: string;
  readonly note: string;
}

const MAX_FOUND = 10;

/** Nodes, extensions, a revision by its number, and acts: those whose name begins with the text before those that hold it. */
export function searchBoard({ cluster, nodes, extensions }: BoardSnapshot, text: string): Found[] {
  const part = text.trim().toLowerCase();
  const acts = [
    'Import…',
    cluster.frozen ? 'Unfreeze imports' : 'Freeze imports…',
    'Why is it not converged?',
    'Change the theme',
    'Help and keys',
  ];
  const all: Found[] = [
    ...nodes.map((node): Found => ({ kind: 'node', name: node.node, note: `node, ${nodeLook(node).word}` })),
    ...extensions.map(({ name, version }): Found => ({ kind: 'extension', name, note: `extension ${version}` })),
    ...acts.map((name): Found => ({ kind: 'act', name, note: 'act' })),
  ];
  const number = /^(?:r(?:evision)?\s*)?(\d{1,15})$/.exec(part)?.[1];
  const revision: Found[] =
    number !== undefined && Number(number) >= 1 && Number(number) <= cluster.revision
      ? [{ kind: 'revision', name: `Revision ${Number(number)}`, note: '' }]
      : [];
  if (part === '') return all.filter(({ kind }) => kind === 'act').slice(0, MAX_FOUND);
  const rank = ({ name }: Found): number => name.toLowerCase().indexOf(part);
  const hits = all
    .filter((entry) => rank(entry) >= 0)
    .sort((left, right) => Math.min(1, rank(left)) - Math.min(1, rank(right)));
  return [...revision, ...hits].slice(0, MAX_FOUND);
}
