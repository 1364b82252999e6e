import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import './provided-context.js';

export interface CreateDatabaseOptions {
  /** Brings an empty database to the schema under test. It runs once per run; every database is a clone of its result. */
  readonly migrate?: (ownerUrl: string) => Promise<unknown>;
  /** Tells templates apart where one run needs several; by default the name of the function `migrate`. */
  readonly template?: string;
}

export interface TestDatabase {
  readonly name: string;
  /** As a service connects. */
  readonly url: string;
  /** As whoever runs the migrations connects. */
  readonly ownerUrl: string;
  /** The same database with another role, e.g. `muster_agent`. */
  urlAs(role: string): string;
  /** Cuts whatever sessions are left. */
  drop(): Promise<void>;
}

/** A fresh database on the run's server, for one spec file. */
export async function createDatabase(options: CreateDatabaseOptions = {}): Promise<TestDatabase> {
  const { inject } = await import('vitest');
  const server = inject('postgresUrl');
  const prefix = `muster_test_${inject('testRunId')}`;
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  await withClient(server, async (client) => {
    const template = options.migrate
      ? await templateFor(client, server, prefix, options.migrate, options.template)
      : 'template0';
    await client.query(
      `create database ${client.escapeIdentifier(name)} template ${client.escapeIdentifier(template)}`,
    );
  });
  const url = withDatabase(server, name);
  return {
    name,
    url,
    ownerUrl: url,
    urlAs: (role) => withRole(url, role),
    drop: () =>
      withClient(
        server,
        async (client) =>
          void (await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`)),
      ),
  };
}

/** Two forks may come at once: an advisory lock lets one make the template; only a finished one bears the name. */
async function templateFor(
  client: Client,
  server: string,
  prefix: string,
  migrate: (ownerUrl: string) => Promise<unknown>,
  given: string | undefined,
): Promise<string> {
  const key = (given ?? migrate.name).replace(/[^A-Za-z0-9]/g, '').toLowerCase();
  const template = `${prefix}_template_${key}`;
  await client.query('select pg_advisory_lock(hashtextextended($1, 0))', ['muster-test-template']);
  try {
    const found = await client.query('select from pg_database where datname = $1', [template]);
    if (found.rowCount === 1) return template;
    const unfinished = `${template}_x`;
    await client.query(`drop database if exists ${client.escapeIdentifier(unfinished)} with (force)`);
    await client.query(`create database ${client.escapeIdentifier(unfinished)} template template0`);
    await migrate(withDatabase(server, unfinished));
    await client.query(
      `alter database ${client.escapeIdentifier(unfinished)} rename to ${client.escapeIdentifier(template)}`,
    );
    return template;
  } finally {
    await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', ['muster-test-template']);
  }
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

function withRole(url: string, role: string): string {
  const changed = new URL(url);
  changed.searchParams.set('options', `-c role=${role}`);
  // A plus is a plus and not a space to those who read this part of a PostgreSQL URL strictly.
  return changed.href.replaceAll('+', '%20');
}
