import type { StatementRunner } from './statement-runner.js';

/** The kept place of one consumer in the table `event_consumer`. */
export class ConsumerPlace {
  constructor(
    private readonly statements: StatementRunner,
    private readonly consumer: string,
  ) {}

  async read(): Promise<bigint | undefined> {
    const [row] = await this.statements.run<{ position: string }>(
      'select position::text from event_consumer where consumer = $1',
      [this.consumer],
    );
    return row ? BigInt(row.position) : undefined;
  }

  /** Never backwards, so that a late statement of a lost connection cannot undo a newer one. */
  async advance(position: bigint): Promise<void> {
    await this.statements.run(
      `insert into event_consumer (consumer, position, updated_at) values ($1, $2, clock_timestamp())
       on conflict (consumer) do update set position = excluded.position, updated_at = excluded.updated_at
        where event_consumer.position < excluded.position`,
      [this.consumer, position.toString()],
    );
  }

  /** Back to the beginning, for a log that is shorter than it was. */
  async reset(): Promise<void> {
    await this.statements.run(
      'update event_consumer set position = 0, updated_at = clock_timestamp() where consumer = $1',
      [this.consumer],
    );
  }
}
