import type { PackageMetadata } from '@muster/contracts';
import type { Archive } from '../archive/archive.js';
import { bundleOf } from '../archive/bundle.js';
import { pathKey } from '../archive/entry-name.js';
import type { PlacedEntry } from '../archive/local-headers.js';
import { PackageRefused, quoted } from '../package-refused.js';
import type { PackageLimits } from '../package-reader.js';
import { byBytes } from '../archive/entry-tree.js';
import { EntityList } from './entity-list.js';
import { checkFileResources } from './file-resources.js';
import { METADATA_PATH, readMetadataXml } from './metadata-xml.js';
import { readElements } from './xml-elements.js';

const ENTITY_FILE = /^entities\/.*\.xml$/i;

/** What the package says of itself: metadata.xml, the entity files, and whether both fit the files that are there. */
export function readPackageMetadata(archive: Archive, limits: PackageLimits): PackageMetadata {
  const entry = archive.find(METADATA_PATH);
  if (entry === undefined) throw withoutMetadata(archive);
  if (entry.size > limits.maxMetadataBytes)
    throw tooLarge('metadata-too-large', entry, limits.maxMetadataBytes, 'MUSTER_MAX_METADATA_BYTES');
  const entities = new EntityList();
  const metadata = readMetadataXml(archive.read(entry), entities);
  requireNoChecksumFile(archive, metadata.name);
  readEntityFiles(archive, entities, limits);
  checkFileResources(metadata.fileResources, files(archive));
  return { ...metadata, entities: entities.toArray() };
}

function readEntityFiles(archive: Archive, entities: EntityList, limits: PackageLimits): void {
  const entries = archive.entries.filter(({ path, isDirectory }) => !isDirectory && ENTITY_FILE.test(path));
  for (const entry of entries.sort((left, right) => byBytes(left.path, right.path))) {
    if (entry.size > limits.maxEntityFileBytes) {
      throw tooLarge('entity-file-too-large', entry, limits.maxEntityFileBytes, 'MUSTER_MAX_ENTITY_FILE_BYTES');
    }
    const source = { path: entry.path, invalid: 'entity-file-invalid' } as const;
    readElements(archive.read(entry), source, (element) => entities.consider(element, source));
  }
}

/** `<name>.chk` at the root is Muster's own mark of what is unpacked there. */
function requireNoChecksumFile(archive: Archive, name: string): void {
  const key = pathKey(`${name}.chk`);
  const found = [...archive.entries, ...archive.directories.map((path) => ({ path }))].find(
    ({ path }) => pathKey(path) === key,
  );
  if (found === undefined) return;
  throw new PackageRefused(
    'reserved-file',
    `the package holds ${quoted(found.path)}, the name of the file that marks what is installed`,
    {
      remedy: 'Rename the file in the package.',
    },
  );
}

function withoutMetadata(archive: Archive): PackageRefused {
  const paths = files(archive);
  const inner = bundleOf(paths)?.members;
  if (inner !== undefined) {
    const shown =
      inner.slice(0, 20).map(quoted).join(', ') + (inner.length > 20 ? `, and ${inner.length - 20} more` : '');
    return missing(
      `the zip has no metadata.xml; it looks like a bundle of packages: ${shown}`,
      'Import it as it is, or the zips that it holds one by one.',
    );
  }
  const elsewhere = paths.find((path) => /(^|\/)metadata\.xml$/i.test(path));
  if (elsewhere !== undefined) {
    return missing(
      `the zip has no metadata.xml at its root, but it has ${quoted(elsewhere)}`,
      'Zip the content of the directory, not the directory, with metadata.xml in small letters.',
    );
  }
  return missing(
    'the zip has no metadata.xml at its root, so it is not an extension package',
    'Upload an extension package.',
  );
}

function missing(detail: string, remedy: string): PackageRefused {
  return new PackageRefused('metadata-missing', detail, { remedy });
}

function files(archive: Archive): string[] {
  return archive.entries.flatMap(({ path, isDirectory }) => (isDirectory ? [] : [path]));
}

function tooLarge(
  code: 'metadata-too-large' | 'entity-file-too-large',
  entry: PlacedEntry,
  limit: number,
  variable: string,
): PackageRefused {
  return new PackageRefused(code, `${entry.shown} has ${entry.size} bytes`, {
    limit,
    actual: entry.size,
    remedy: `Make the file smaller, or raise ${variable}.`,
  });
}
