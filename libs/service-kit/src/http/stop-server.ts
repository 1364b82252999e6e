import type { Server } from 'node:http';

/** Stops accepting and lets running requests end. True where some had to be cut off at the deadline. */
export async function stopServer(server: Server, deadlineMs: number): Promise<boolean> {
  if (!server.listening) return false;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that has just answered is idle only now: close() ends those that were idle before.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  let cut = false;
  const deadline = setTimeout(() => {
    cut = true;
    server.closeAllConnections();
  }, deadlineMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
  return cut;
}
