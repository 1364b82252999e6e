import { randomUUID } from 'node:crypto';
import type { Catalog, Committed, DraftChange } from '@muster/catalog';
import type { NodeReadiness, ProposalView, ProposedPackage } from '@muster/contracts';
import { waitFor } from '@muster/testing';

export type BringChange = Exclude<DraftChange, { action: 'remove' }>;

/** A proposal, made and activated directly at the catalog. */
export class TrialProposal {
  private constructor(
    readonly id: string,
    private readonly catalog: Catalog,
    private readonly changes: readonly BringChange[],
  ) {}

  static async make(catalog: Catalog, changes: readonly BringChange[], deadlineMs: number): Promise<TrialProposal> {
    const id = randomUUID();
    const base = await catalog.head();
    await catalog.proposals.make({
      id,
      actor: 'trial',
      base,
      changes: changes.map(({ action, package: { metadata, sha256 } }) => ({
        action,
        extension: metadata.name,
        version: metadata.version,
        sha256,
      })),
      packages: changes.map((change) => ({
        package: asProposed(change, base.revision + 1),
        ...(change.package.blob !== undefined && { blob: change.package.blob }),
      })),
      deadlineMs,
    });
    return new TrialProposal(id, catalog, changes);
  }

  async view(): Promise<ProposalView> {
    const view = await this.catalog.proposals.find(this.id);
    if (view === undefined) throw new Error(`the proposal ${this.id} is gone`);
    return view;
  }

  /** Until this node is as asked. */
  async until(state: NodeReadiness['state'], node = 'node-1', code?: string): Promise<NodeReadiness> {
    let last: NodeReadiness | undefined;
    try {
      return await waitFor(
        async () => {
          last = (await this.view()).nodes.find((one) => one.node === node);
          return last?.state === state && (code === undefined || last.code === code) ? last : undefined;
        },
        { what: `${node} to be ${state}`, deadlineMs: 60_000 },
      );
    } catch (error) {
      throw new Error(`${String(error)}; it is ${JSON.stringify(last)}`, { cause: error });
    }
  }

  void(): Promise<boolean> {
    return this.catalog.proposals.void(this.id, 'called off');
  }

  async activate(): Promise<Committed> {
    const { id, catalog, changes } = this;
    const result = await catalog.revisions.commit({
      importId: id,
      actor: 'trial',
      changes: [...changes],
      proposal: id,
    });
    if (!result.ok) throw new Error(`the activation was refused: ${result.code}: ${result.detail}`);
    return result;
  }
}

function asProposed({ package: content }: BringChange, revision: number): ProposedPackage {
  const { metadata, sha256, treeDigest, sizeBytes, unpackedBytes } = content;
  const { name, version } = metadata;
  const dependsOn = metadata.dependsOn.map((one) => one.name);
  return { name, version, sha256, treeDigest, sizeBytes, unpackedBytes, revision, dependsOn, succeeds: [] };
}
