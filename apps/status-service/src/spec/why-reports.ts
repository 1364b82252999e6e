import type { CauseName, Failure, NodeReport, ReportedExtension } from '@muster/contracts';
import { entries, NOW, parked, type ReportSpec } from './make-facts.js';
import type { WhyRow } from './make-why.js';
import { HEAD } from './truth-table.js';

/** A question, and what the answer must say. */
export interface Row extends WhyRow {
  readonly title: string;
  readonly causes: readonly CauseName[];
  readonly text: RegExp;
  readonly ok?: boolean;
  readonly command?: string;
}

export const node3 = { node: 'node-3' };

export const good: ReportSpec = { holds: HEAD, revision: 3 };
export const saying = (change: Partial<NodeReport>): ReportSpec => ({ ...good, change });
export const ago = (ms: number): string => new Date(NOW - ms).toISOString();

/** Base holds; App has failed. */
export function failing(failure: Partial<Failure>, more: Partial<ReportedExtension> = {}): ReportSpec {
  const app = { ...parked('App 2', 3, failure), nextAttemptAt: ago(-40_000), ...more };
  return { holds: ['Base 1'], revision: 3, entries: [app] };
}

/** Base holds, and App is still its earlier version. */
export function inState(
  state: ReportedExtension['state'],
  change: Partial<NodeReport> = {},
  more: Partial<ReportedExtension> = {},
): ReportSpec {
  const [app] = entries(['App 1'], 3);
  const { wantedSha256 } = parked('App 2', 3);
  const held = { ...app, state, wantedVersion: '2', wantedSha256, ...more } as ReportedExtension;
  return { holds: ['Base 1'], revision: 3, entries: [held], change };
}

export const refusal = { node: 'node-4', claimant: 'host-b:8090', detail: 'node-3 holds it', atMs: NOW - 30_000 };
export const hold = { since: ago(60_000), actor: 'ana', reason: 'new disks' };
export const drifts = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    extension: 'App',
    found: 'a changed byte',
    at: ago(5_000 + index * 60_000),
  }));

export function without(entry: ReportedExtension): ReportedExtension {
  const { lastFailure: _failure, attempts: _attempts, ...rest } = entry;
  return rest;
}
