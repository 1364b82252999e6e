import { PackageRefused, type PackageReader } from '@muster/extension-package';
import type { PlannedPackage } from './dry-run.js';
import { sentPackage, type SentPackage, type SentPackages, type UnreadableZip } from './sent-package.js';

export interface CheckedPackages extends SentPackages {
  /** Of an import that sent one package and nothing else: what is in it. */
  readonly only?: PlannedPackage;
}

/** The packages after every entry of each was read; what is found bad by that is unreadable, like the rest of its kind. */
export async function checkSent(reader: Pick<PackageReader, 'check'>, sent: SentPackages): Promise<CheckedPackages> {
  const packages: SentPackage[] = [];
  const unreadable: UnreadableZip[] = [...sent.unreadable];
  let only: PlannedPackage | undefined;
  for (const { zip } of sent.packages) {
    try {
      const contents = await reader.check(zip.file);
      const files = contents.manifest.files.map(({ path }) => path);
      packages.push(sentPackage(zip, { ...contents, files }));
      only = { ...contents, sha256: zip.sha256, sizeBytes: zip.sizeBytes };
    } catch (error) {
      if (!(error instanceof PackageRefused)) throw error;
      unreadable.push({ zip, refused: error });
    }
  }
  return { packages, unreadable, leftOut: sent.leftOut, ...(packages.length === 1 && only && { only }) };
}
