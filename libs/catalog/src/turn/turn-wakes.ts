import type { Database, Session } from '../database.js';
import { TURN_CHANNEL } from './turn-queue.js';

/** Hears when a turn may have become free, as long as somebody waits. It only wakes: whoever waits asks now and then as well. */
export class TurnWakes {
  private listening: Promise<() => void> | undefined;

  constructor(private readonly database: Database) {}

  /** Begins to listen, or goes on; a connection that was lost is made anew by the next call. Never throws. */
  async listen(onWake: () => void): Promise<void> {
    this.listening ??= this.open(onWake);
    await this.listening;
  }

  /** Gives the connection back to the pool. */
  async stop(): Promise<void> {
    const { listening } = this;
    this.listening = undefined;
    (await listening)?.();
  }

  private async open(onWake: () => void): Promise<() => void> {
    let session: Session | undefined;
    const close = (): void => {
      session?.cut();
      session = undefined;
    };
    const lost = (): void => {
      this.listening = undefined;
      close();
    };
    try {
      session = await this.database.session();
      session.client.on('notification', onWake);
      session.client.once('error', lost);
      session.client.once('end', lost);
      await session.query(`listen ${TURN_CHANNEL}`);
    } catch {
      lost();
    }
    return close;
  }
}
