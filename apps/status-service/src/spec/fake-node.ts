import { randomUUID } from 'node:crypto';
import type { Catalog, CatalogWantedExtension, ReadinessReport } from '@muster/catalog';
import { EMPTY_CHAIN, rootDigest, type NodeReport, type ReportedExtension } from '@muster/contracts';
import type { ReportLog } from '@muster/event-log';

/** A node that says whatever a test wants it to say, through the real report log. */
export class FakeNode {
  private readonly instance = randomUUID();
  private readonly startedAt = new Date().toISOString();
  private seq = 0;

  constructor(
    readonly id: string,
    private readonly catalog: Catalog,
    private readonly log: ReportLog,
  ) {}

  /** A short lease, so that its name can be taken by another at once. */
  async enrol(leaseMs = 1): Promise<this> {
    const { id: node, instance } = this;
    const result = await this.catalog.nodes.enrol({ node, instance, storageId: `storage of ${node}`, leaseMs });
    if (result.state !== 'enrolled') throw new Error(result.detail);
    return this;
  }

  /** Says, with proof, that it holds all that the catalog wants, or all but what `entries` replace or leave out. */
  async prove(
    change: Partial<NodeReport> = {},
    entries: (all: ReportedExtension[]) => ReportedExtension[] = (all) => all,
  ) {
    const { catalogId, revision, chain, extensions } = await this.catalog.wanted();
    const reported = entries(extensions.map(inSync));
    const held = reported.flatMap(({ name, sha256, treeDigest }) =>
      sha256 && treeDigest ? [{ name, sha256, treeDigest }] : [],
    );
    await this.say({
      catalogId,
      revision,
      chain,
      rootDigest: rootDigest(held),
      provenAgeMs: 0,
      extensions: reported,
      ...change,
    });
  }

  /** How far it is with a proposal. */
  async stage(proposal: string, said: Pick<ReadinessReport, 'state' | 'code' | 'reason'>): Promise<void> {
    const { id: node, instance } = this;
    await this.catalog.proposals.report({ proposal, node, instance, ...said });
  }

  async say(change: Partial<NodeReport>): Promise<void> {
    await this.log.send({
      type: 'NodeReport',
      schemaVersion: 1,
      catalogId: 'unknown',
      node: this.id,
      storageId: `storage of ${this.id}`,
      instance: this.instance,
      startedAt: this.startedAt,
      seq: (this.seq += 1),
      state: 'live',
      revision: 0,
      chain: EMPTY_CHAIN,
      deployed: true,
      sentAt: new Date().toISOString(),
      extensions: [],
      foreign: [],
      queue: [],
      drift: [],
      musterVersion: '0.1.0',
      ...change,
    });
  }
}

function inSync({ name, version, sha256, treeDigest, revision }: CatalogWantedExtension): ReportedExtension {
  const since = new Date().toISOString();
  const wanted = { wantedVersion: version, wantedSha256: sha256 };
  return { name, state: 'in-sync', since, deployed: true, version, sha256, treeDigest, revision, ...wanted };
}

/** Among all entries, one stands aside with a failure. */
export function parking(name: string) {
  return (all: ReportedExtension[]): ReportedExtension[] =>
    all.map((entry) => {
      if (entry.name !== name) return entry;
      const { version: _version, sha256: _sha256, treeDigest: _tree, ...rest } = entry;
      const lastFailure = { code: 'hook-failed', detail: 'exited 3: "licence missing"', at: entry.since };
      return { ...rest, state: 'parked', deployed: false, attempts: 1, lastFailure };
    });
}

export function without(name: string) {
  return (all: ReportedExtension[]): ReportedExtension[] => all.filter((entry) => entry.name !== name);
}
