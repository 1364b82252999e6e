import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Catalog, DraftChange, DraftInstall } from '@muster/catalog';

const MAX_CHANGES = 3;

/** Commits revisions of one to three changes by the real catalog: installs extensions of its own, and removes them again. */
export class CatalogWriter {
  private count = 0;

  private constructor(
    private readonly catalog: Catalog,
    private readonly installs: readonly DraftInstall[],
  ) {}

  static async make(catalog: Catalog, name: string): Promise<CatalogWriter> {
    const names = Array.from({ length: MAX_CHANGES }, (_, n) => `${name}-${n}`);
    const writer = new CatalogWriter(catalog, await Promise.all(names.map((one) => install(catalog, one))));
    return writer;
  }

  /** One revision, all or nothing. */
  async commit(): Promise<void> {
    const pair = Math.floor(this.count / 2);
    const chosen = this.installs.slice(0, 1 + (pair % MAX_CHANGES));
    const changes = this.count % 2 === 0 ? chosen.map((one) => this.again(one)) : chosen.map(removal);
    const result = await this.catalog.revisions.commit({ importId: randomUUID(), actor: 'spec', changes });
    if (!result.ok) throw new Error(`refused: ${result.code}: ${result.detail}`);
    this.count += 1;
  }

  /** Bytes that the catalog has are not handed over again. */
  private again(one: DraftInstall): DraftInstall {
    if (this.count < 2 * MAX_CHANGES) return one;
    const { blob, ...known } = one.package;
    void blob;
    return { ...one, package: known };
  }
}

function removal({ package: { metadata, sha256 } }: DraftInstall): DraftChange {
  return { action: 'remove', extension: metadata.name, expected: sha256 };
}

async function install(catalog: Catalog, name: string): Promise<DraftInstall> {
  const { blob, sizeBytes, sha256 } = await catalog.blobs.write(Readable.from([Buffer.from(`zip of ${name}`)]));
  return {
    action: 'install',
    expected: null,
    package: {
      blob,
      sizeBytes,
      sha256,
      unpackedBytes: 0,
      metadata: { name, version: '1.0.0', dependsOn: [], entities: [], fileResources: [] },
      manifest: { files: [], directories: [] },
      treeDigest: createHash('sha256').update(name).digest('hex'),
    },
  };
}
