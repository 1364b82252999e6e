/** Kept of what a hook says, in bytes. */
const KEPT_BYTES = 2048;

/** The end of what was kept so far and what came now. */
export function lastOutput(kept: Buffer, chunk: Uint8Array): Buffer<ArrayBuffer> {
  const all = Buffer.concat([kept, chunk]);
  return all.subarray(Math.max(0, all.length - KEPT_BYTES));
}
