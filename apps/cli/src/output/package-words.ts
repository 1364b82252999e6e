import type { Blocker, PackageReport } from '@muster/contracts';
import { oneLine } from './plain.js';

/** `pack.zip/Base.zip   Base 1.0 → 1.1   upgrade`, or with every reason against it. */
export function packageWords(row: PackageReport): string {
  const { file, extension, version, outcome, reasons } = row;
  const named = extension === undefined ? '' : `${extension} ${fromTo(row)}`;
  const last = file?.split('/').at(-1);
  const where = file === undefined || last === `${extension}.zip` || last === `${extension}_${version}.zip` ? '' : file;
  const why = reasons.map(({ code, detail }) => ` (${code}): ${oneLine(detail)}`).join(';');
  return [where, named, `${outcome}${why}`].filter((part) => part !== '').join('   ');
}

function fromTo({ version = '', previousVersion }: PackageReport): string {
  return previousVersion === undefined || previousVersion === version ? version : `${previousVersion} → ${version}`;
}

/** `Needy 1.0 needs Base 1.2`. */
export function blockerWords({ extension, version, needs }: Blocker): string {
  return `${extension} ${version} needs ${needs.map(({ name, version: minimum }) => `${name} ${minimum}`).join(', ')}`;
}
