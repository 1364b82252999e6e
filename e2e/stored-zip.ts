import { Client } from 'pg';

/** Damages the zip of an extension's current package in the catalog, behind everybody's back. */
export class StoredZip {
  constructor(
    private readonly databaseUrl: string,
    private readonly extension: string,
  ) {}

  /** Turns one byte in the middle of its first chunk over. */
  flipByte(): Promise<void> {
    const middle = 'length(bytes) / 2';
    return this.change(
      `update blob_chunk set bytes = set_byte(bytes, ${middle}, 255 - get_byte(bytes, ${middle}))
       where n = 0 and blob = (select p.blob from extension e join package p using (sha256) where e.name = $1)`,
    );
  }

  /** As if it had been collected. */
  takeAway(): Promise<void> {
    return this.change(
      'update package set blob = null where sha256 = (select sha256 from extension where extension.name = $1)',
    );
  }

  private async change(statement: string): Promise<void> {
    const client = new Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      const { rowCount } = await client.query(statement, [this.extension]);
      if (rowCount !== 1) throw new Error(`${this.extension} has no zip in the catalog`);
    } finally {
      await client.end();
    }
  }
}
