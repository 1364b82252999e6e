import path from 'node:path';
import { Readable } from 'node:stream';
import { createDatabase, temporaryDirectory } from '@muster/testing';
import { expect, it } from 'vitest';
import { committed, describedPackage, install, SCALE } from './spec/drafts.js';
import { Catalog, migrate } from './index.js';

const MIB = 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, 7);

function* pieces(total: number): Generator<Buffer> {
  for (let at = 0; at < total; at += PIECE.length) yield PIECE;
}

// A file of its own, so a process of its own: what other tests have allocated would hide the growth.
it('moves 64 MB (200 in the long run) both ways within 64 MB of memory', async () => {
  const database = await createDatabase({ migrate });
  const catalog = Catalog.connect({ url: database.url, applicationName: 'spec' });
  const size = (SCALE > 1 ? 200 : 64) * MIB;
  await catalog.blobs.write(Readable.from(pieces(MIB)));
  const idle = process.memoryUsage.rss();
  let peak = idle;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
  const { blob, sha256, sizeBytes } = await catalog.blobs.write(Readable.from(pieces(size)));
  expect(sizeBytes).toBe(size);
  await committed(catalog, install({ ...describedPackage({ name: 'Big' }, sha256, sizeBytes), blob }));
  const target = path.join(await temporaryDirectory(), 'big.zip');
  expect(await catalog.blobs.fetchTo(sha256, target)).toBe(true);
  clearInterval(watch);
  const growthMib = (peak - idle) / MIB;
  process.stdout.write(`${size / MIB} MB in and out: ${Math.round(growthMib)} MB over idle\n`);
  expect(growthMib).toBeLessThan(64);
  await catalog.close();
  await database.drop();
});
