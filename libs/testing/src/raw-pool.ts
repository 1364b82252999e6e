import { Pool, type PoolConfig } from 'pg';

/**
 * A pool for a test's own statements. `Pool.end` answers before the last sessions are closed: one that is still closing when
 * its database is dropped says so, and without a listener that would end the run.
 */
export function rawPool(connectionString: string, config: PoolConfig = {}): Pool {
  const pool = new Pool({ ...config, connectionString });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
