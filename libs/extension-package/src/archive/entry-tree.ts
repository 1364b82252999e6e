import { PackageRefused, quoted } from '../package-refused.js';
import type { RefusalCode } from '../package-refused.js';
import type { ArchiveEntry } from './archive-entry.js';
import { pathKey } from './entry-name.js';

interface Node {
  readonly path: string;
  readonly isDirectory: boolean;
  /** Whether an entry of its own names it, rather than a longer path. */
  listed: boolean;
}

/**
 * All directories that the entries need, parents first, after every pair of names has been found to be two different
 * things wherever case or Unicode form is folded.
 */
export function buildTree(entries: readonly ArchiveEntry[]): string[] {
  const nodes = new Map<string, Node>();
  const known = new Set<string>();
  for (const { path, isDirectory } of entries) {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash);
      if (known.has(parent)) continue;
      add(nodes, parent, true, false);
      known.add(parent);
    }
    add(nodes, path, isDirectory, true);
  }
  const directories = Array.from(nodes.values()).flatMap(({ path, isDirectory }) => (isDirectory ? [path] : []));
  return directories.sort(byBytes);
}

/** The order of the UTF-8 bytes, in which a parent stands before what it holds. Both are well-formed. */
export function byBytes(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at += 1) {
    const [one, other] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (one !== other) return rank(one) - rank(other);
  }
  return left.length - right.length;
}

/** Surrogates stand for characters behind all those that have a code unit of their own. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function add(nodes: Map<string, Node>, path: string, isDirectory: boolean, listed: boolean): void {
  const key = pathKey(path);
  const other = nodes.get(key);
  if (other === undefined) {
    nodes.set(key, { path, isDirectory, listed });
    return;
  }
  if (other.path !== path) {
    throw refuse(
      'name-collision',
      `${quoted(path)} and ${quoted(other.path)} differ only by case or Unicode form`,
      'Rename one of them.',
    );
  }
  if (other.isDirectory !== isDirectory) {
    throw refuse(
      'file-is-directory',
      `${quoted(path)} is a file and also the directory of another entry`,
      'Rename one of them.',
    );
  }
  if (other.listed && listed)
    throw refuse('duplicate-name', `the zip holds ${quoted(path)} twice`, 'Pack each file once.');
  other.listed ||= listed;
}

function refuse(code: RefusalCode, detail: string, remedy: string): PackageRefused {
  return new PackageRefused(code, detail, { remedy });
}
