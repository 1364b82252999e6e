import type { PackageEntity } from '@muster/contracts';
import type { Incoming, Reason } from './facts.js';
import type { ImportPolicy, PolicyFlag } from './import-options.js';

/** What a flag forbids, and the file of the package that hit it. */
interface Hit {
  readonly flag: PolicyFlag;
  readonly what: string;
  readonly file: string;
}

/** Kinds that bring code of their own, on which others build; all others are plain entities. */
const EXTENSIBLE = new Set([
  'Authenticator',
  'DirectoryService',
  'PersistenceProviderPackage',
  'Resource',
  'ScriptFunctionLibrary',
  'Subsystem',
  'ThingPackage',
  'Widget',
]);

/** By the ending of a file's name, and by the `type` that metadata.xml gives a resource. */
const RESOURCE_FLAGS: Readonly<Record<string, PolicyFlag>> = {
  jar: 'MUSTER_ALLOW_JAR_RESOURCES',
  js: 'MUSTER_ALLOW_JAVASCRIPT_RESOURCES',
  mjs: 'MUSTER_ALLOW_JAVASCRIPT_RESOURCES',
  javascript: 'MUSTER_ALLOW_JAVASCRIPT_RESOURCES',
  css: 'MUSTER_ALLOW_CSS_RESOURCES',
  json: 'MUSTER_ALLOW_JSON_RESOURCES',
};

/** What the application server serves or loads; entity files, metadata.xml and localisation are none of these. */
const RESOURCE_PLACE = /^(?:lib|ui)\//i;

/** A package is refused for each flag that is off and that one of its files hits; the first such file is named. */
export function policyRule(incoming: Incoming, allowed: ImportPolicy['allowed']): Reason[] {
  if (Object.values(allowed).every(Boolean)) return [];
  const first = new Map<PolicyFlag, Hit>();
  for (const hit of hitsOf(incoming)) if (!first.has(hit.flag)) first.set(hit.flag, hit);
  return [...first.values()]
    .filter(({ flag }) => !allowed[flag])
    .map(({ flag, what, file }) => ({
      code: 'not-allowed',
      detail: `${flag} is off, and "${incoming.metadata.name}" brings ${what}: ${file}`,
      remedy: `Set ${flag}=yes on the import-service while this package is imported, or build it without.`,
    }));
}

function hitsOf({ metadata, files }: Incoming): Hit[] {
  const entities = metadata.entities.map((entity): Hit => {
    const isExtensible = EXTENSIBLE.has(entity.type);
    return {
      flag: isExtensible ? 'MUSTER_ALLOW_EXTENSIBLE_ENTITIES' : 'MUSTER_ALLOW_ENTITIES',
      what: `the ${entity.type} "${entity.name}"`,
      file: fileOf(entity, files),
    };
  });
  const named = metadata.fileResources.map(({ type, file }): Hit => resource(file, type.toLowerCase()));
  const lying = files.filter((file) => RESOURCE_PLACE.test(file) || file.toLowerCase().endsWith('.jar'));
  return [
    { flag: 'MUSTER_IMPORT_ENABLED', what: 'an extension package', file: 'metadata.xml' },
    ...entities,
    ...named,
    ...lying.map((file) => resource(file, endingOf(file))),
  ];
}

function resource(file: string, kind: string): Hit {
  const flag = RESOURCE_FLAGS[kind] ?? RESOURCE_FLAGS[endingOf(file)] ?? 'MUSTER_ALLOW_WEB_APP_RESOURCES';
  return { flag, what: 'a resource of that kind', file };
}

function endingOf(file: string): string {
  return /\.([^./]+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
}

/** `Entities/Things/X.xml`, `Entities/Things_X.xml` or `Entities/Things/Things_X.xml`; else it stands in metadata.xml. */
function fileOf({ name }: PackageEntity, files: readonly string[]): string {
  const endings = [`/${name}.xml`, `_${name}.xml`];
  const found = files.find((file) => /^entities\//i.test(file) && endings.some((ending) => file.endsWith(ending)));
  return found ?? 'metadata.xml';
}
