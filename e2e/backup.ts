import { Client } from 'pg';

/** A backup of a database, as a copy beside it. Nobody may be connected while it is made, and while it is brought back. */
export class Backup {
  private constructor(
    private readonly server: string,
    private readonly name: string,
  ) {}

  static async of(databaseUrl: string): Promise<Backup> {
    const name = databaseOf(databaseUrl);
    await run(
      databaseUrl,
      (client) => `create database ${quoted(client, `${name}_backup`)} template ${quoted(client, name)}`,
    );
    return new Backup(databaseUrl, name);
  }

  /** The database is what it was when the backup was made: whatever came since never happened. */
  async restore(): Promise<void> {
    await run(this.server, (client) => `drop database ${quoted(client, this.name)} with (force)`);
    await run(
      this.server,
      (client) => `alter database ${quoted(client, `${this.name}_backup`)} rename to ${quoted(client, this.name)}`,
    );
  }
}

function databaseOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

function quoted(client: Client, name: string): string {
  return client.escapeIdentifier(name);
}

async function run(url: string, statement: (client: Client) => string): Promise<void> {
  const server = new URL(url);
  server.pathname = '/postgres';
  const client = new Client({ connectionString: server.href });
  await client.connect();
  try {
    await client.query(statement(client));
  } finally {
    await client.end();
  }
}
