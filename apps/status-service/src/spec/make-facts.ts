import {
  EMPTY_CHAIN,
  nextChain,
  rootDigest,
  sha256Hex,
  type Failure,
  type NodeReport,
  type ReportedExtension,
} from '@muster/contracts';
import type { CatalogFacts, EnrolledNode, Goal, Heard, Target, Tree } from '../model/facts.js';

/** Noon by the database; every age in the specs is reckoned from here. */
export const NOW = Date.parse('2026-11-23T12:00:00Z');
export const AGES = { proofMs: 60_000, silenceMs: 15_000 };
export const CATALOG = 'a-catalog';

export interface Version {
  readonly name: string;
  readonly version: string;
}

/** `Base 1` as a version of an extension. */
export function versionOf(text: string): Version {
  const [name = '', version = ''] = text.split(' ');
  return { name, version };
}

export function treeOf({ name, version }: Version): { sha256: string; treeDigest: string } {
  return { sha256: sha256Hex(`zip ${name} ${version}`), treeDigest: sha256Hex(`tree ${name} ${version}`) };
}

export function chainOf(revision: number): string {
  return revision === 0 ? EMPTY_CHAIN : nextChain(chainOf(revision - 1), [], sha256Hex(`root ${revision}`));
}

export function rootOf(versions: readonly Version[]): string {
  return rootDigest(versions.map((version) => ({ name: version.name, ...treeOf(version) })));
}

/** What stands, or is asked for: `['Base 1', 'App 2']`. */
export function entries(texts: readonly string[], revision: number): ReportedExtension[] {
  return texts.map(versionOf).map((version) => {
    const { sha256, treeDigest } = treeOf(version);
    return {
      name: version.name,
      state: 'in-sync',
      since: new Date(NOW - 30_000).toISOString(),
      version: version.version,
      wantedVersion: version.version,
      wantedSha256: sha256,
      deployed: true,
      revision,
      sha256,
      treeDigest,
    };
  });
}

export function parked(text: string, revision: number, failure: Partial<Failure> = {}): ReportedExtension {
  const version = versionOf(text);
  const at = new Date(NOW - 5_000).toISOString();
  return {
    name: version.name,
    state: 'parked',
    since: at,
    deployed: false,
    wantedVersion: version.version,
    wantedSha256: treeOf(version).sha256,
    revision,
    attempts: 1,
    lastFailure: { code: 'hook-failed', detail: 'the deploy hook exited 3: "licence missing"', at, ...failure },
  };
}

export interface ReportSpec {
  readonly holds?: readonly string[];
  readonly revision?: number;
  readonly change?: Partial<NodeReport>;
  readonly entries?: readonly ReportedExtension[];
  /** How long ago the log took it. */
  readonly heardMs?: number;
  /** How old the proof was when it was sent; `null`: nothing was proven. */
  readonly provenMs?: number | null;
}

export function heard(node: string, spec: ReportSpec = {}): Heard {
  const revision = spec.revision ?? 0;
  const holds = spec.holds ?? [];
  const proof =
    spec.provenMs === null ? {} : { rootDigest: rootOf(holds.map(versionOf)), provenAgeMs: spec.provenMs ?? 100 };
  const report: NodeReport = {
    type: 'NodeReport',
    schemaVersion: 1,
    catalogId: CATALOG,
    node,
    storageId: `storage of ${node}`,
    instance: 'first',
    startedAt: '2026-11-23T11:00:00Z',
    seq: 1,
    state: 'live',
    revision,
    chain: chainOf(revision),
    deployed: true,
    sentAt: '2026-11-23T12:00:00Z',
    extensions: [...entries(holds, revision), ...(spec.entries ?? [])],
    foreign: [],
    queue: [],
    drift: [],
    musterVersion: '0.1.0',
    ...proof,
    ...spec.change,
  };
  return { report, receivedAtMs: NOW - (spec.heardMs ?? 1_000) };
}

export function facts(nodes: readonly EnrolledNode[], holds: readonly string[], revision: number): CatalogFacts {
  const chains = Array.from({ length: revision + 1 }, (_, number): [number, string] => [number, chainOf(number)]);
  return {
    nowMs: NOW,
    head: {
      catalogId: CATALOG,
      revision,
      chain: chainOf(revision),
      rootDigest: rootOf(holds.map(versionOf)),
      committedAtMs: NOW - 10_000,
    },
    nodes,
    chains: new Map(chains),
    nextCommits: new Map(chains.map(([number]) => [number, NOW - 10_000])),
    refusals: [],
    proposals: [],
  };
}

/** `targets` name what must stand; `-Name` what must be gone; `Name 1|2` any of these versions. */
export function goal(revision: number, targets: readonly string[], change: Partial<Goal> = {}): Goal {
  return {
    whole: false,
    revision,
    chain: chainOf(revision),
    rootDigest: rootOf([]),
    committedAtMs: NOW - 20_000,
    targets: new Map(targets.map(targetOf).map((target) => [target.extension, target])),
    ...change,
  };
}

function targetOf(text: string): Target {
  if (text.startsWith('-')) return { extension: text.slice(1), trees: ['absent'] };
  const { name, version } = versionOf(text);
  return {
    extension: name,
    trees: version.split('|').map((one): Tree => (one === '-' ? 'absent' : treeOf({ name, version: one }))),
  };
}
