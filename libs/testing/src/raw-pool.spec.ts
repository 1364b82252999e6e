import { Client } from 'pg';
import { expect, it } from 'vitest';
import { createDatabase } from './create-database.js';
import { rawPool } from './raw-pool.js';

it('does not mind sessions that are ended from afar while it closes them', async () => {
  const failures: Error[] = [];
  const heard = (error: Error): number => failures.push(error);
  process.on('uncaughtException', heard);
  const database = await createDatabase();
  const admin = new Client({ connectionString: database.url });
  await admin.connect();
  const end = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
  for (let round = 0; round < 5; round += 1) {
    const pool = rawPool(database.url, { max: 20 });
    await Promise.all(Array.from({ length: 20 }, () => pool.query('select 1')));
    await Promise.all([admin.query(end), pool.end()]);
  }
  await admin.end();
  await database.drop();
  process.off('uncaughtException', heard);
  expect(failures.map(({ message }) => message)).toEqual([]);
});
