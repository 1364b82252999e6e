import { packageTreeDigest, sha256Hex, type PackageManifest } from '@muster/contracts';
import type { WantedExtension } from '../ports.js';
import { unpack } from './fixture-reader.mjs';

/** A package as tests of this library know it: its bytes are JSON, see `fixture-reader.mjs`. */
export interface FixturePackage extends Omit<WantedExtension, 'revision'> {
  readonly bytes: Buffer;
  readonly manifest: PackageManifest;
}

export interface FixtureSpec {
  readonly name: string;
  readonly version?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly dependsOn?: readonly string[];
  readonly succeeds?: readonly string[];
}

export function fixturePackage(spec: FixtureSpec): FixturePackage {
  const { name, version = '1.0.0', files, dependsOn = [], succeeds = [] } = spec;
  const contents = files ?? {
    'metadata.xml': `${name} ${version}`,
    [`lib/common/${name}.jar`]: `jar ${name} ${version}`,
  };
  const bytes = Buffer.from(JSON.stringify({ name, version, files: contents }));
  const sha256 = sha256Hex(bytes);
  const { manifest } = unpack(bytes.toString());
  const unpackedBytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
  const treeDigest = packageTreeDigest(name, sha256, manifest);
  const named = { name, version, sha256, treeDigest, dependsOn, succeeds };
  return { ...named, sizeBytes: bytes.length, unpackedBytes, bytes, manifest };
}
