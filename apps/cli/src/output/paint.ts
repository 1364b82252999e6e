export type Paint = (text: string) => string;

/** The few ways in which text stands out; each word says the same without them. */
export interface Paints {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly good: Paint;
}

const codes: Readonly<Record<keyof Paints, readonly [number, number]>> = {
  strong: [1, 22],
  faint: [2, 22],
  bad: [31, 39],
  warn: [33, 39],
  good: [32, 39],
};

/** Paints for a terminal, or ones that leave the text as it is. */
export function paints(coloured: boolean): Paints {
  const make = ([on, off]: readonly [number, number]): Paint =>
    coloured ? (text) => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`) : (text) => text;
  return {
    strong: make(codes.strong),
    faint: make(codes.faint),
    bad: make(codes.bad),
    warn: make(codes.warn),
    good: make(codes.good),
  };
}

// oxlint-disable-next-line no-control-regex
const SEQUENCE = /\u001b\[\d+m/g;

/** How many columns the text takes. */
export function widthOf(text: string): number {
  return text.replaceAll(SEQUENCE, '').length;
}

/** The text in fewer columns than these; one that is too long loses its end, and how it stands out. */
export function cut(text: string, columns: number): string {
  return widthOf(text) < columns ? text : `${text.replaceAll(SEQUENCE, '').slice(0, Math.max(0, columns - 2))}…`;
}
