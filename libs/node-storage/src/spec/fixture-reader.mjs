/**
 * Reads the packages of `fixture-package.ts`: JSON instead of a zip, so that a child under a tracer does nothing but what is
 * looked at. Same promises as the real reader: unpacks into an empty directory and answers the manifest.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @param {string} text */
export function unpack(text) {
  const { name, version, files, directories = [] } = JSON.parse(text);
  const parents = new Set(directories);
  const listed = Object.entries(files).map(([path, content]) => {
    for (let at = dirname(path); at !== '.'; at = dirname(at)) parents.add(at);
    const bytes = Buffer.from(content);
    return { path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  return { metadata: { name, version }, manifest: { files: listed, directories: [...parents].sort() }, files };
}

export const fixtureReader = {
  /** @param {string} zipFile @param {string} directory */
  async extract(zipFile, directory) {
    const { manifest, files, metadata } = unpack(readFileSync(zipFile, 'utf8'));
    mkdirSync(directory, { recursive: true });
    for (const path of manifest.directories) mkdirSync(join(directory, path), { recursive: true });
    for (const [path, content] of Object.entries(files)) writeFileSync(join(directory, path), content, { flag: 'wx' });
    const unpackedBytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
    return { manifest, metadata, unpackedBytes };
  },
};
