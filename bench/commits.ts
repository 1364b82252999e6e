import { Client } from 'pg';

/** When revisions were committed: the moment at which the notification arrives here, by the clock of `performance.now()`. */
export class Commits {
  private readonly heardAt = new Map<string, number>();

  private constructor(private readonly client: Client) {
    client.on('notification', ({ payload = '' }) => this.heardAt.set(payload, performance.now()));
  }

  static async listen(databaseUrl: string): Promise<Commits> {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    const commits = new Commits(client);
    await client.query('listen muster_event');
    return commits;
  }

  /** Nodes are woken by other events, too: the one of a revision is known by its place among them. */
  async momentOf(revision: number): Promise<number> {
    const { rows } = await this.client.query<{ position: string | null }>(
      'select max(position)::text as position from event where revision = $1',
      [revision],
    );
    const moment = this.heardAt.get(rows[0]?.position ?? '');
    if (moment === undefined) throw new Error(`nothing was heard of the commit of revision ${revision}`);
    return moment;
  }

  end(): Promise<void> {
    return this.client.end();
  }
}
