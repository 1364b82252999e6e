import type { Dependency, OwnedEntity, PackageEntity, PackageMetadata } from '@muster/contracts';

/** One extension at head, as the rules see it. */
export interface CurrentExtension {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** Names of those that it needs and that are present. */
  readonly dependsOn: readonly string[];
}

/** What the catalog says about everything that an import of one package touches. */
export interface CatalogFacts {
  readonly extensions: readonly CurrentExtension[];
  /** Owners of those among the package's entities that are owned at all. */
  readonly owners: readonly OwnedEntity[];
  /** Entities that the extension owns now, by the package that is current. */
  readonly owned: readonly PackageEntity[];
  /** Who needs this extension, and from which version on. */
  readonly dependants: readonly Dependency[];
}

/** The package that is to come. */
export interface Incoming {
  readonly metadata: PackageMetadata;
  /** sha256 of the zip. */
  readonly sha256: string;
}

/** Why a package is not taken as things stand. */
export interface Reason {
  readonly code: ReasonCode;
  readonly detail: string;
  readonly remedy: string;
}

export type ReasonCode =
  | 'name-collision'
  | 'entity-owned'
  | 'version-exists'
  | 'version-lower'
  | 'dependency-missing'
  | 'dependency-too-old'
  | 'dependency-too-new'
  | 'dependency-cycle'
  | 'dependants-unmet'
  | 'frozen'
  | 'node-paused';
