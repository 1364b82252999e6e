import { buildPackage } from '@muster/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunningService } from './spec/running-service.js';

let service: RunningService;
let database: pg.Client;
beforeAll(async () => {
  service = await RunningService.start();
  database = new pg.Client({ connectionString: service.database.ownerUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await service.close();
});

const CHUNKS = `blob = (select blob from package where name = $1)`;
const DAMAGES = {
  'a byte is another': `update blob_chunk set bytes = set_byte(bytes, 40, get_byte(bytes, 40) # 255) where ${CHUNKS}`,
  'its bytes are gone': `delete from blob_chunk where ${CHUNKS}`,
  'it has none': `update package set blob = null where name = $1`,
};

test.for(Object.entries(DAMAGES))('the same zip again mends the catalog’s copy: %s', async ([damage, statement]) => {
  const name = damage.replaceAll(' ', '-');
  const zip = buildPackage({ name });
  const first = await service.import(zip);
  expect(first.status).toBe(201);
  const { sha256 } = first.body.changes[0] ?? { sha256: '' };
  expect((await database.query(statement, [name])).rowCount).toBe(1);
  const again = await service.import(zip);
  expect([again.status, again.body.changes]).toEqual([200, []]);
  expect(again.body.warnings).toMatchObject([{ code: 'zip-mended' }]);
  const back = await fetch(`${service.url}/packages/${sha256}`);
  expect(Buffer.from(await back.arrayBuffer()).equals(zip)).toBe(true);
  expect((await service.import(zip)).body.warnings).toEqual([]);
});
