import type { Socket } from 'node:net';
import type pg from 'pg';

/** Ends a connection at once: an orderly end would wait for a far side that may be gone. */
export function cut(client: pg.ClientBase): void {
  (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
}
