import type { Catalog } from '@muster/catalog';
import { PackageRefused, type PackageReader } from '@muster/extension-package';
import type { Attempt } from './attempt.js';
import type { ImportWorkspace } from './import-workspace.js';
import { preparePackage, type PreparedPackage } from './prepare-package.js';
import type { SentPackage } from './sent-package.js';

export interface PreparedPackagesParts {
  readonly reader: PackageReader;
  readonly catalog: Pick<Catalog, 'blobs' | 'packages' | 'entities'>;
}

/** A package that is unpacked aside and stored, where it was unpacked, and who had its entities before. */
export interface Prepared extends PreparedPackage {
  readonly sent: SentPackage;
  readonly directory: string;
  readonly formerOwners: readonly string[];
}

/** Those packages of an import that were unpacked and stored already, each once. */
export class PreparedPackages {
  private readonly bySha256 = new Map<string, Prepared>();

  constructor(
    private readonly parts: PreparedPackagesParts,
    readonly workspace: ImportWorkspace,
    private readonly attempt: Attempt,
  ) {}

  async prepare(sent: SentPackage): Promise<void> {
    if (this.bySha256.has(sent.sha256)) return;
    const { attempt, workspace, parts } = this;
    const directory = await workspace.newTree();
    try {
      const prepared = await preparePackage(parts, sent.zip, directory, attempt.asker.signal);
      const { name, entities } = prepared.package.metadata;
      const formerOwners = await parts.catalog.entities.formerOwners(name, entities);
      this.bySha256.set(sent.sha256, { ...prepared, sent, directory, formerOwners });
    } catch (error) {
      if (error instanceof PackageRefused) attempt.fault = { sha256: sent.sha256 };
      throw error;
    }
  }

  /** @throws TypeError where it was not prepared */
  of({ sha256 }: Pick<SentPackage, 'sha256'>): Prepared {
    const prepared = this.bySha256.get(sha256);
    if (prepared === undefined) throw new TypeError(`the package ${sha256} was not prepared`);
    return prepared;
  }

  /** The package as the whole check found it, where it was made. */
  asChecked(sent: SentPackage): SentPackage {
    const prepared = this.bySha256.get(sent.sha256);
    if (prepared === undefined) return sent;
    const { metadata, manifest } = prepared.contents;
    return { ...sent, metadata, files: manifest.files.map(({ path }) => path) };
  }

  get names(): string[] {
    return [...this.bySha256.values()].map((one) => one.package.metadata.name);
  }

  /** Names of those that have to be at head here before: what the packages need, and whoever had their entities. */
  get needs(): string[] {
    const all = [...this.bySha256.values()].flatMap((one) => [
      ...one.package.metadata.dependsOn.map(({ name }) => name),
      ...one.formerOwners,
    ]);
    return [...new Set(all)];
  }
}
