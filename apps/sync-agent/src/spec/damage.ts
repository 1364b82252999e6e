import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { TrialCluster } from './trial-cluster.js';

/** Ways in which a node's storage comes to differ from the catalog while its agent runs. */
export const DAMAGES = [
  'delete file',
  'flip bit',
  'add file',
  'remove directory',
  'stale version',
  'foreign',
  'none',
] as const;
export type Damage = (typeof DAMAGES)[number];

/** Keeps the versions that stand now, directory and mark, to be put back later. */
export function keepVersion(cluster: TrialCluster, name: string): void {
  const kept = path.join(cluster.directory, 'kept');
  mkdirSync(kept, { recursive: true });
  cpSync(cluster.extension(name), path.join(kept, name), { recursive: true });
  cpSync(markOf(cluster, name), path.join(kept, `${name}.mark`));
}

export function damage(cluster: TrialCluster, name: string, how: Damage): void {
  const directory = cluster.extension(name);
  if (!existsSync(directory)) return;
  const jar = path.join(directory, `lib/common/${name}.jar`);
  if (how === 'delete file') rmSync(jar, { force: true });
  if (how === 'flip bit' && existsSync(jar)) flip(jar);
  if (how === 'add file') appendFileSync(path.join(directory, 'more.txt'), 'more');
  if (how === 'remove directory') rmSync(directory, { recursive: true });
  if (how === 'foreign') rmSync(markOf(cluster, name), { force: true });
  if (how === 'stale version') {
    const kept = path.join(cluster.directory, 'kept', name);
    if (!existsSync(kept)) return;
    rmSync(directory, { recursive: true });
    cpSync(kept, directory, { recursive: true });
    cpSync(`${kept}.mark`, markOf(cluster, name));
  }
}

/** Another byte, with the size and the times that the file had, as far as anybody can set them. */
export function flip(file: string): void {
  const { atime, mtime } = statSync(file);
  const bytes = readFileSync(file);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  utimesSync(file, atime, mtime);
}

function markOf(cluster: TrialCluster, name: string): string {
  return path.join(cluster.storage(), '.muster/deployed', name);
}
