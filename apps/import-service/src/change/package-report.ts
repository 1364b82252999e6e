import type { PackageReport } from '@muster/contracts';
import type { PackageVerdict } from '../rules/plan-import.js';
import type { UnreadableZip } from './sent-package.js';

/** What became of one package, or would. Pure. */
export function reportOf({ incoming, outcome, current, reasons, warnings }: PackageVerdict): PackageReport {
  const { metadata, sha256, file } = incoming;
  const { name, version, vendor, description, minimumThingWorxVersion, buildNumber, dependsOn } = metadata;
  return {
    ...(file !== undefined && { file }),
    extension: name,
    version,
    ...(current && { previousVersion: current.version }),
    sha256,
    ...(vendor !== undefined && { vendor }),
    ...(description !== undefined && { description }),
    ...(minimumThingWorxVersion !== undefined && { minimumThingWorxVersion }),
    ...(buildNumber !== undefined && { buildNumber }),
    dependsOn,
    outcome,
    reasons: [...reasons],
    warnings: [...warnings],
  };
}

/** Of a zip that could not be read so far that its name is known. Pure. */
export function reportOfUnreadable({ zip: { name, sha256 }, refused }: UnreadableZip): PackageReport {
  const { code, message: detail, remedy } = refused;
  return {
    ...(name !== undefined && { file: name }),
    sha256,
    dependsOn: [],
    outcome: 'refused',
    reasons: [{ code, detail, ...(remedy !== undefined && { remedy }) }],
    warnings: [],
  };
}
