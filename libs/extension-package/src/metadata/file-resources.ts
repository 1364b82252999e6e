import type { FileResource } from '@muster/contracts';
import { pathKey } from '../archive/entry-name.js';
import { PackageRefused, quoted } from '../package-refused.js';

/** `lib/common` and `ui/<widget>`: resources are named from a directory that lies this deep. */
const BASE_DEPTH = 2;

/**
 * Requires that every resource which metadata.xml names stays inside the package and is there. The name is relative to
 * `lib/common`, `ui/<widget>` or `ui/common`, by rules that only the application server knows; so any file whose path ends
 * with it is taken for the one that is meant.
 */
export function checkFileResources(resources: readonly FileResource[], paths: readonly string[]): void {
  // Thousands of endings that nobody would ask for.
  if (resources.length === 0) return;
  const endings = new Set(paths.flatMap((path) => endingsOf(pathKey(path))));
  for (const { file } of resources) {
    const path = normalized(file);
    if (!endings.has(pathKey(path))) {
      throw new PackageRefused(
        'resource-missing',
        `metadata.xml names the file ${quoted(file)}, which is not in the package`,
        {
          remedy: 'Pack the file, or take its FileResource out of metadata.xml.',
        },
      );
    }
  }
}

function endingsOf(path: string): string[] {
  const segments = path.split('/');
  return segments.map((_, index) => segments.slice(index).join('/'));
}

function normalized(file: string): string {
  // eslint-disable-next-line no-control-regex
  if (/^[/\\]|^[A-Za-z]:|[\u0000-\u001f]/.test(file)) throw outside(file, 'is not a path inside the package');
  const kept: string[] = [];
  let depth = BASE_DEPTH;
  for (const segment of file.split(/[/\\]/)) {
    if (segment === '' || segment === '.') continue;
    depth += segment === '..' ? -1 : 1;
    if (depth < 0) throw outside(file, 'leads out of the package');
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  return kept.join('/');
}

function outside(file: string, what: string): PackageRefused {
  return new PackageRefused('resource-path-invalid', `metadata.xml names the file ${quoted(file)}, which ${what}`, {
    remedy: 'Name the file from its directory in the package, without "..".',
  });
}
