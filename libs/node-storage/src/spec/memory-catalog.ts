import { writeFile } from 'node:fs/promises';
import { EMPTY_CHAIN, sha256Hex, type PackageManifest } from '@muster/contracts';
import type { CatalogReader, PackageSource, RevisionRef, WantedExtension, WantedState } from '../ports.js';
import { fixturePackage, type FixturePackage, type FixtureSpec } from './fixture-package.js';

export interface MemoryChange {
  readonly bring?: readonly (FixtureSpec | FixturePackage)[];
  readonly remove?: readonly string[];
}

/** A catalog in memory: revisions with chains, packages, and a source for their bytes. */
export class MemoryCatalog implements CatalogReader {
  readonly packages = new Map<string, FixturePackage>();
  private readonly chains = [EMPTY_CHAIN];
  private current = new Map<string, WantedExtension>();

  constructor(readonly catalogId = 'catalog-1') {}

  /** Commits one revision. */
  commit(change: MemoryChange): RevisionRef {
    const next = this.proposed(change);
    this.chains.push(next.chain);
    this.current = new Map(next.extensions.map((extension) => [extension.name, extension]));
    return this.ref();
  }

  /** What the head would want after that change. */
  proposed({ bring = [], remove = [] }: MemoryChange): WantedState {
    const revision = this.chains.length;
    const extensions = new Map(this.current);
    for (const name of remove) extensions.delete(name);
    for (const one of bring) {
      const { bytes, manifest, ...extension } = 'bytes' in one ? one : fixturePackage(one);
      this.packages.set(extension.sha256, { bytes, manifest, ...extension });
      extensions.set(extension.name, { ...extension, revision });
    }
    const chain = sha256Hex(JSON.stringify([this.chains.at(-1), [...extensions.values()]]));
    return { catalogId: this.catalogId, revision, chain, extensions: [...extensions.values()] };
  }

  /** The change on top of the head, with the head's own revision and chain: what an import applies before its commit. */
  uncommitted(change: MemoryChange): WantedState {
    return { ...this.proposed(change), ...this.ref() };
  }

  ref(): RevisionRef {
    return { catalogId: this.catalogId, revision: this.chains.length - 1, chain: this.chains.at(-1) ?? EMPTY_CHAIN };
  }

  state(): WantedState {
    return { ...this.ref(), extensions: [...this.current.values()] };
  }

  head(): Promise<RevisionRef> {
    return Promise.resolve(this.ref());
  }

  wanted(): Promise<WantedState> {
    return Promise.resolve(this.state());
  }

  chainAt(revision: number): Promise<string | undefined> {
    return Promise.resolve(this.chains[revision]);
  }

  manifest(sha256: string): Promise<PackageManifest | undefined> {
    return Promise.resolve(this.packages.get(sha256)?.manifest);
  }

  readonly source: PackageSource = {
    name: 'memory',
    fetch: async (sha256, file) => {
      const found = this.packages.get(sha256);
      if (found === undefined) return false;
      await writeFile(file, found.bytes);
      return true;
    },
  };
}
