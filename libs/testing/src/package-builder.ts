import { buildZip } from './zip-builder.js';
import type { ZipEntry, ZipOptions } from './zip-builder.js';

/** A package as a test describes it. Only `name` is needed; the rest has sensible values. */
export interface PackageSpec {
  readonly name: string;
  /** Default `1.0.0`. */
  readonly version?: string;
  /** Path to content. Default: one small jar whose bytes tell name and version. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** Directories that the zip lists by themselves, without a trailing `/`. */
  readonly directories?: readonly string[];
  readonly dependsOn?: readonly { readonly name: string; readonly version: string }[];
  /** `type` in the singular: `Widget`, `ThingTemplate`, `Resource`, … */
  readonly entities?: readonly { readonly type: string; readonly name: string }[];
  readonly vendor?: string;
  readonly description?: string;
  readonly minimumThingWorxVersion?: string;
  readonly haCompatible?: boolean;
  /** More attributes of the ExtensionPackage element; they replace those above. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Files that the package names as jar resources; they need not exist. */
  readonly jarResources?: readonly string[];
  /** The whole metadata.xml, in place of the one made from the fields above; `null` leaves the file out. */
  readonly metadata?: string | Buffer | null;
  /** More entries, behind the others: for samples with one flaw. */
  readonly entries?: readonly ZipEntry[];
  /** Flaws of the archive's end. */
  readonly zip?: ZipOptions;
}

/** The zip of an extension package. The same description gives the same bytes. */
export function buildPackage(spec: PackageSpec): Buffer {
  const files = spec.files ?? { [`lib/common/${spec.name}.jar`]: `${spec.name} ${spec.version ?? '1.0.0'}\n` };
  const metadata = spec.metadata === undefined ? buildMetadata(spec) : spec.metadata;
  const entries: ZipEntry[] = [
    ...(metadata === null ? [] : [{ name: 'metadata.xml', data: metadata }]),
    ...(spec.directories ?? []).map((name) => ({ name: `${name}/` })),
    ...Object.entries(files).map(([name, data]) => ({ name, data })),
    ...(spec.entries ?? []),
  ];
  return buildZip(entries, spec.zip);
}

/** The metadata.xml of a package. */
export function buildMetadata(spec: PackageSpec): string {
  const attributes: Record<string, string> = {
    name: spec.name,
    packageVersion: spec.version ?? '1.0.0',
    vendor: spec.vendor ?? 'Muster tests',
    description: spec.description ?? '',
    minimumThingWorxVersion: spec.minimumThingWorxVersion ?? '9.0.0',
    dependsOn: (spec.dependsOn ?? []).map(({ name, version }) => `${name}:${version}`).join(','),
    ...(spec.haCompatible === undefined ? {} : { haCompatible: String(spec.haCompatible) }),
    ...spec.attributes,
  };
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeXml(value)}"`);
  const jars = (spec.jarResources ?? []).map((file) => `<FileResource type="JAR" file="${escapeXml(file)}"/>`);
  const resources = jars.length === 0 ? '' : `<JarResources>${jars.join('')}</JarResources>`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<Entities>',
    `<ExtensionPackages><ExtensionPackage${written.join('')}>${resources}</ExtensionPackage></ExtensionPackages>`,
    ...collections(spec.entities ?? []),
    '</Entities>\n',
  ].join('\n');
}

function collections(entities: readonly { readonly type: string; readonly name: string }[]): string[] {
  return Array.from(new Set(entities.map(({ type }) => type)), (type) => {
    const members = entities.filter((entity) => entity.type === type);
    const elements = members.map(({ name }) => `<${type} name="${escapeXml(name)}"/>`).join('');
    const collection = type.endsWith('y') ? `${type.slice(0, -1)}ies` : `${type}s`;
    return `<${collection}>${elements}</${collection}>`;
  });
}

function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
