import type { Dependency, OwnedEntity, PackageMetadata, Reason as ToldReason } from '@muster/contracts';

/** One extension at head, as the rules see it. */
export interface CurrentExtension {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** Names of those that it needs and that are present. */
  readonly dependsOn: readonly string[];
}

/** An installed extension that names another one as needed. */
export interface Dependant {
  readonly name: string;
  readonly needs: Dependency;
}

/** What the catalog says about everything that the packages of an import touch. */
export interface CatalogFacts {
  readonly extensions: readonly CurrentExtension[];
  /** Owners of those among the packages' entities that are owned at all. */
  readonly owners: readonly OwnedEntity[];
  /** Entities that the extensions own now, by the packages that are current. */
  readonly owned: readonly OwnedEntity[];
  /** Who needs one of these extensions. */
  readonly dependants: readonly Dependant[];
}

/** A package that is to come. */
export interface Incoming {
  readonly metadata: PackageMetadata;
  /** sha256 of the zip. */
  readonly sha256: string;
  /** Paths of the files in it. */
  readonly files: readonly string[];
  /** The zip's own name as it was sent; of a package of a bundle `outer.zip/inner.zip`. */
  readonly file?: string;
}

/** Why a package is not taken as things stand. */
export interface Reason extends ToldReason {
  readonly code: ReasonCode;
  readonly remedy: string;
}

export type ReasonCode =
  | 'duplicate-extension'
  | 'name-collision'
  | 'entity-owned'
  | 'version-exists'
  | 'version-lower'
  | 'major-refused'
  | 'dependency-missing'
  | 'dependency-too-old'
  | 'dependency-too-new'
  | 'dependency-cycle'
  | 'dependants-unmet'
  | 'platform-too-old'
  | 'not-ha-compatible'
  | 'not-allowed'
  | 'has-dependants'
  | 'frozen'
  | 'node-paused';
