import { Pool } from 'pg';

/** A pool for a test's own statements. Its sessions may be killed with their database after `end`: nobody minds. */
export function rawPool(connectionString: string): Pool {
  const pool = new Pool({ connectionString });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Takes the catalog back to before its first revision: quicker than a database for each test. */
export async function emptyCatalog(pool: Pool): Promise<void> {
  await pool.query('truncate blob, package, revision cascade');
}
