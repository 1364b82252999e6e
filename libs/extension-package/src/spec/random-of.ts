/** A small generator of good spread, so that a seed names a run. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Bytes that no method packs. */
export function randomBytesOf(random: (below: number) => number, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => random(256)));
}
