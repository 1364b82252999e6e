import { createDatabase, FaultProxy } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SCALE } from './spec/drafts.js';
import { Database } from './database.js';

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createDatabase();
  database = new Database({ url: test.url, applicationName: 'spec', poolSize: 2, statementTimeoutMs: 1000 });
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

it('gives bigint as number and refuses one that would be rounded', async () => {
  expect(await database.query('select 9007199254740991::bigint as n')).toEqual([{ n: Number.MAX_SAFE_INTEGER }]);
  await expect(database.query('select 9007199254740993::bigint as n')).rejects.toThrow('9007199254740993');
  expect(await database.query('select 1::bigint as n')).toEqual([{ n: 1 }]);
});

it('sets its limits and its name on every connection', async () => {
  const [row] = await database.query(
    `select current_setting('statement_timeout') as statement, current_setting('application_name') as name,
       current_setting('idle_in_transaction_session_timeout') as idle`,
  );
  expect(row).toEqual({ statement: '1s', name: 'spec', idle: '1min' });
  await expect(database.query('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
});

it('rolls back and keeps the connection when the work of a transaction throws', async () => {
  await database.query('create table kept (n integer)');
  const failing = database.transaction(async (session) => {
    await session.query('insert into kept values (1)');
    throw new RangeError('a bug');
  });
  await expect(failing).rejects.toThrow(RangeError);
  await expect(database.transaction((session) => session.query('select 1 / 0'))).rejects.toMatchObject({
    code: '22012',
  });
  expect(await database.query('select count(*) as n from kept')).toEqual([{ n: 0 }]);
  await Promise.all([1, 2, 3, 4].map(() => database.query('select 1')));
});

it('says database-away for a server that ends the session in the middle, and then has a new one', async () => {
  const killed = database.transaction((session) => session.query('select pg_terminate_backend(pg_backend_pid())'));
  await expect(killed).rejects.toMatchObject({ code: 'database-away' });
  await database.query('select 1');
});

it('does not wait for ever on a connection whose other end is gone', { skip: SCALE === 1 }, async () => {
  const proxy = await FaultProxy.inFrontOf(test.url);
  const through = new Database({
    url: proxy.urlThrough(test.url),
    applicationName: 'spec',
    statementTimeoutMs: 500,
    poolSize: 1,
  });
  await through.query('select 1');
  proxy.halfOpen();
  const startedAt = performance.now();
  await expect(through.query('select 1')).rejects.toMatchObject({ code: 'database-away' });
  expect(performance.now() - startedAt).toBeLessThan(7_000);
  await through.query('select 1');
  await through.close();
  await proxy.close();
});
