import type { Dependency, PackageMetadata, PackageReport } from '@muster/contracts';
import { platformVersion } from './platform-version.js';

/** A row of the shape ExtensionPackage. What the package does not say is an empty text. */
export interface PackageRow {
  readonly name: string;
  readonly packageVersion: string;
  readonly vendor: string;
  readonly description: string;
  readonly minimumThingWorxVersion: string;
  readonly buildNumber: string;
  readonly groupId: string;
  readonly artifactId: string;
}

type Described = Pick<
  PackageMetadata,
  'vendor' | 'description' | 'minimumThingWorxVersion' | 'buildNumber' | 'groupId' | 'artifactId'
>;

export function packageRow(name: string, version: string | undefined, described: Partial<Described>): PackageRow {
  return {
    name,
    packageVersion: version === undefined ? '' : platformVersion(version),
    vendor: described.vendor ?? '',
    description: described.description ?? '',
    minimumThingWorxVersion: described.minimumThingWorxVersion ?? '',
    buildNumber: described.buildNumber ?? '',
    groupId: described.groupId ?? '',
    artifactId: described.artifactId ?? '',
  };
}

/** Of a package that could not be read the file's name tells which it was. */
export function reportedPackageRow(report: PackageReport): PackageRow {
  return packageRow(report.extension ?? report.file ?? '', report.version, report);
}

export function dependencyRow({ name, version }: Dependency) {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return { name, extensionMajor: major, extensionMinor: minor, extensionPatch: patch };
}
