import type { Queryable } from './database.js';

/** Every extension that the catalog has ever had, the removed ones too. */
export class ExtensionNames {
  constructor(private readonly database: Queryable) {}

  async all(): Promise<string[]> {
    const rows = await this.database.query<{ extension: string }>(
      `select distinct extension from revision_change order by extension`,
    );
    return rows.map(({ extension }) => extension);
  }
}
