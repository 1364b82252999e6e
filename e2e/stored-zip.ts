import { Client } from 'pg';

/** Damages the zip of an extension's current package in the catalog, behind everybody's back. */
export class StoredZip {
  constructor(
    private readonly databaseUrl: string,
    private readonly extension: string,
  ) {}

  /** Turns one byte in the middle of its first chunk over. */
  flipByte(): Promise<void> {
    return this.change(
      'update blob_chunk set bytes = set_byte(bytes, length(bytes) / 2, 255 - get_byte(bytes, length(bytes) / 2))',
    );
  }

  takeAway(): Promise<void> {
    return this.change('delete from blob_chunk');
  }

  private async change(statement: string): Promise<void> {
    const client = new Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      const blob = 'select p.blob from extension e join package p using (sha256) where e.name = $1';
      const { rowCount } = await client.query(`${statement} where n = 0 and blob = (${blob})`, [this.extension]);
      if (rowCount !== 1) throw new Error(`${this.extension} has no zip in the catalog`);
    } finally {
      await client.end();
    }
  }
}
