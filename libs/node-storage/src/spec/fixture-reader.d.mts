import type { PackageManifest } from '@muster/contracts';
import type { PackageReader } from '@muster/extension-package';

export declare function unpack(text: string): { manifest: PackageManifest; files: Record<string, string> };
export declare const fixtureReader: Pick<PackageReader, 'extract'>;
