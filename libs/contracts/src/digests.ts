import { createHash } from 'node:crypto';
import type { ManifestFile, PackageManifest } from './manifest.js';
import type { RevisionChange } from './change.js';

/** The version of the tree digest below; it is stored beside every digest, so that another can follow. */
export const TREE_DIGEST_VERSION = 1;

/** The chain before the first revision. */
export const EMPTY_CHAIN = '0'.repeat(64);

/** One extension as a root digest sees it. */
export interface DigestedExtension {
  readonly name: string;
  /** sha256 of the zip. */
  readonly sha256: string;
  readonly treeDigest: string;
}

export function sha256Hex(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The file that marks an unpacked extension with its zip's digest: `<name>.chk` at the top of its directory. */
export function checksumFile(name: string, zipSha256: string): ManifestFile & { content: string } {
  const content = `${zipSha256}  ${name}.zip\n`;
  return { path: `${name}.chk`, size: Buffer.byteLength(content), sha256: sha256Hex(content), content };
}

/**
 * The tree digest, version 1: sha256 over the byte-sorted lines `path NUL size NUL sha256 LF` of files and `path/ NUL NUL LF`
 * of directories.
 */
export function treeDigest(files: Iterable<ManifestFile>, directories: Iterable<string>): string {
  const lines: Buffer[] = [];
  for (const file of files) lines.push(Buffer.from(`${file.path}\0${file.size}\0${file.sha256}\n`));
  for (const path of directories) lines.push(Buffer.from(`${path}/\0\0\n`));
  return digestOfSorted(lines);
}

/** The digest that an extension's directory has when the package stands in it whole, `.chk` included. */
export function packageTreeDigest(name: string, zipSha256: string, manifest: PackageManifest): string {
  return treeDigest([...manifest.files, checksumFile(name, zipSha256)], manifest.directories);
}

/** The root digest: sha256 over the byte-sorted lines `name NUL zip sha256 NUL tree digest LF`. */
export function rootDigest(extensions: Iterable<DigestedExtension>): string {
  const lines: Buffer[] = [];
  for (const { name, sha256, treeDigest: tree } of extensions) lines.push(Buffer.from(`${name}\0${sha256}\0${tree}\n`));
  return digestOfSorted(lines);
}

/** The chain of a revision: names the whole history that ends in it, not only a number. */
export function nextChain(previous: string, changes: readonly RevisionChange[], root: string): string {
  const hash = createHash('sha256').update(`${previous}\n`);
  for (const change of changes) {
    const { action, extension, version, sha256, previousVersion, previousSha256 } = change;
    hash.update([action, extension, version, sha256, previousVersion ?? '', previousSha256 ?? ''].join('\0') + '\n');
  }
  return hash.update(`${root}\n`).digest('hex');
}

function digestOfSorted(lines: Buffer[]): string {
  const hash = createHash('sha256');
  for (const line of lines.sort(Buffer.compare)) hash.update(line);
  return hash.digest('hex');
}
