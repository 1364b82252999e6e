/** `crash-child.mjs STORAGE CATALOG agent|import|ahead`: applies or stages what the catalog file says; killed at some system call. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { apply, NodeStorage, stageAhead, StagedShelf } from '../../dist/index.js';
import { fixtureReader } from './fixture-reader.mjs';

const [root, catalogFile, mode] = process.argv.slice(2);
const { wanted, only, packages, ref } = JSON.parse(readFileSync(catalogFile, 'utf8'));
const storage = await NodeStorage.open({ storage: root, node: 'node-1', service: mode });
const source = {
  name: 'file',
  fetch: async (sha256, file) => (writeFileSync(file, packages[sha256]), true),
};
const hook = {
  run: async ({ action, extension, version }) => {
    appendFileSync(`${root}.hooks`, `${action} ${extension} ${version}\n`);
    return { ok: true, durationMs: 0 };
  },
};
const commit = async () => {
  writeFileSync(`${root}.committed`, '');
  return { kind: 'committed', ref };
};
const policy = mode === 'agent' ? { kind: 'park' } : { kind: 'back-out', expectedRevision: ref.revision, commit };
const staging = {
  storage,
  wanted,
  sources: [source],
  reader: fixtureReader,
  catalog: { manifest: async () => undefined },
  limits: { reserveBytes: 0 },
};
const work =
  mode === 'ahead'
    ? async (held) =>
        stageAhead({
          ...staging,
          held,
          local: await storage.inspect(),
          names: new Set(only),
          shelf: new StagedShelf(),
        })
    : (held) => apply({ ...staging, held, hook, policy, ...(mode === 'agent' ? {} : { only: new Set(only) }) });
await storage.lock.withLock('applies', work);
await storage.close();
