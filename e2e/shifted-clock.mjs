/** `node --import shifted-clock.mjs`: this process believes that it is `CLOCK_SHIFT_MS` later than it is. */
const shiftMs = Number(process.env['CLOCK_SHIFT_MS'] ?? '0');
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + shiftMs);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};
