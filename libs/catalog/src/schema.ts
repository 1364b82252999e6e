import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import { CatalogError } from './catalog-error.js';
import { asAway, sqlState } from './database.js';
import type { Queryable } from './database.js';

const DIRECTORY = fileURLToPath(new URL('../migrations', import.meta.url));
const TABLE = 'schema_migration';
const LOCK_TIMEOUT_MS = 60_000;

const LACKING_TABLE = '42P01';
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Brings the schema up to this version; the names of the migrations that it ran. Any number may start at once: one runs, the
 * others wait for it. Forward only. The login must own the database and, the first time on a server, may create roles.
 */
export async function migrate(ownerUrl: string): Promise<string[]> {
  const client = new Client({ connectionString: ownerUrl, application_name: 'muster-migrate' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const done = await runner({
      dbClient: client,
      dir: DIRECTORY,
      direction: 'up',
      migrationsTable: TABLE,
      advisoryLockMode: 'wait',
      singleTransaction: true,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    return done.map(({ name }) => name);
  } catch (error) {
    if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw asAway(error);
    throw new CatalogError('migration-locked', 'another starter has been migrating this database for too long', {
      limit: `${LOCK_TIMEOUT_MS / 1000} s`,
      remedy: 'look in pg_stat_activity for application_name muster-migrate and what it waits for',
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Refuses a schema that is older or newer than this version of Muster. */
export async function checkSchema(database: Queryable): Promise<void> {
  const known = await knownMigrations();
  const applied = new Set(await appliedMigrations(database));
  const missing = known.filter((name) => !applied.has(name));
  if (missing.length > 0) {
    throw new CatalogError('schema-outdated', `the database lacks ${missing.length} migrations, first ${missing[0]}`, {
      remedy: 'start the import-service of this version first: it migrates with MUSTER_OWNER_DATABASE_URL',
    });
  }
  const strange = [...applied].filter((name) => !known.includes(name));
  if (strange.length > 0) {
    throw new CatalogError(
      'schema-too-new',
      `the database has the migration ${strange[0]}, which this version does not know`,
      {
        remedy: 'run a version of Muster that is as new as the database',
      },
    );
  }
}

async function knownMigrations(): Promise<string[]> {
  const files = await readdir(DIRECTORY);
  return files
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();
}

async function appliedMigrations(database: Queryable): Promise<string[]> {
  try {
    return (await database.query<{ name: string }>(`select name from ${TABLE}`)).map(({ name }) => name);
  } catch (error) {
    if (sqlState(error) === LACKING_TABLE) return [];
    throw error;
  }
}
