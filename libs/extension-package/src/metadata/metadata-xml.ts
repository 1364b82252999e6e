import { isExtensionName, parseVersion } from '@muster/contracts';
import type { FileResource, PackageMetadata } from '@muster/contracts';
import { PackageRefused, quoted } from '../package-refused.js';
import { readDependsOn } from './depends-on.js';
import { PACKAGES } from './entity-list.js';
import type { EntityList } from './entity-list.js';
import { invalidXml, readElements } from './xml-elements.js';
import type { XmlElement, XmlSource } from './xml-elements.js';

export const METADATA_PATH = 'metadata.xml';
const SOURCE: XmlSource = { path: METADATA_PATH, invalid: 'metadata-invalid' };
const PACKAGE = 'ExtensionPackage';
const TEXTS = [
  'vendor',
  'description',
  'minimumThingWorxVersion',
  'buildNumber',
  'migratorClass',
  'artifactId',
  'groupId',
] as const;

/** What metadata.xml says; the entities that it brings are added to the list, which entity files may have begun or go on with. */
export function readMetadataXml(data: Buffer, entities: EntityList): Omit<PackageMetadata, 'entities'> {
  const fileResources: FileResource[] = [];
  let found: XmlElement | undefined;
  let root: string | undefined;
  readElements(data, SOURCE, (element) => {
    root ??= element.name;
    if (root !== 'Entities')
      throw invalidXml(SOURCE, element.line, `the root element is ${quoted(root)}, not "Entities"`);
    entities.consider(element, SOURCE);
    if (element.name === 'FileResource') fileResources.push(readFileResource(element));
    if (element.name !== PACKAGE || element.parents.length !== 2 || element.parents[1] !== PACKAGES) return;
    if (found !== undefined)
      throw invalidXml(SOURCE, element.line, 'it describes a second ExtensionPackage; a package is one extension');
    found = element;
  });
  if (found === undefined) throw invalidXml(SOURCE, 1, 'it has no ExtensionPackage in Entities/ExtensionPackages');
  return { ...readPackage(found), fileResources };
}

function readPackage(element: XmlElement): Omit<PackageMetadata, 'entities' | 'fileResources'> {
  const { attributes } = element;
  const name = readName(element);
  const version = readVersion(element);
  const haCompatible = readHaCompatible(element);
  const texts = Object.fromEntries(
    TEXTS.flatMap((key) => {
      const value = attributes.get(key);
      return value === undefined ? [] : [[key, value]];
    }),
  ) as Partial<Record<(typeof TEXTS)[number], string>>;
  return {
    name,
    version,
    ...texts,
    dependsOn: readDependsOn(attributes.get('dependsOn') ?? '', name),
    ...(haCompatible === undefined ? {} : { haCompatible }),
  };
}

function readName({ attributes, line }: XmlElement): string {
  const name = attributes.get('name');
  if (name === undefined) throw invalidXml(SOURCE, line, 'the ExtensionPackage has no name');
  if (isExtensionName(name)) return name;
  throw new PackageRefused(
    'name-invalid',
    `the package calls itself ${quoted(name)}, which cannot be a directory everywhere`,
    {
      remedy:
        'Use letters, digits, blanks, "_", "." and "-", at most 128 characters, beginning with a letter or digit; no Windows device name.',
    },
  );
}

function readVersion({ attributes, line }: XmlElement): string {
  const text = attributes.get('packageVersion');
  if (text === undefined) throw invalidXml(SOURCE, line, 'the ExtensionPackage has no packageVersion');
  const version = parseVersion(text.trim());
  if (version !== undefined) return version.text;
  throw new PackageRefused('version-invalid', `packageVersion is ${quoted(text)}`, {
    remedy: 'Use one to four numbers with dots between them, e.g. 1.0.37.',
  });
}

/** Absent means not declared, which is something else than false. */
function readHaCompatible({ attributes, line }: XmlElement): boolean | undefined {
  const text = attributes.get('haCompatible')?.trim().toLowerCase();
  if (text === undefined || text === '') return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw invalidXml(SOURCE, line, `haCompatible is ${quoted(text)}, neither "true" nor "false"`);
}

function readFileResource({ attributes, line }: XmlElement): FileResource {
  const file = attributes.get('file');
  if (file === undefined || file === '') throw invalidXml(SOURCE, line, 'a FileResource names no file');
  const description = attributes.get('description');
  return { type: attributes.get('type') ?? '', file, ...(description === undefined ? {} : { description }) };
}
