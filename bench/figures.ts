import { median } from './measure.js';

/** What a part says of itself: lines of figures, and the goals that they are held against. */
export class Figures {
  constructor(title: string) {
    console.log(`\n${title}`);
  }

  /** Median, least and most of one contestant; of its median whether it reaches its goal. */
  times(name: string, valuesMs: readonly number[], belowMs?: number): void {
    const spread = `(${Math.min(...valuesMs).toFixed(0)} to ${Math.max(...valuesMs).toFixed(0)}, ${valuesMs.length} runs)`;
    const middle = median(valuesMs);
    const goal =
      belowMs === undefined ? '' : `  goal: less than ${belowMs} ms: ${middle < belowMs ? 'met' : 'NOT MET'}`;
    this.line(name, `${middle.toFixed(1)} ms`, `${spread}${goal}`);
  }

  /** A ratio of medians and whether it reaches its goal. */
  ratio(name: string, value: number, goal?: { readonly atMost: number; readonly text?: string }): void {
    if (goal === undefined) return this.line(name, value.toFixed(2));
    const text = goal.text ?? `at most ${goal.atMost}`;
    this.line(name, value.toFixed(2), `goal: ${text}: ${value <= goal.atMost ? 'met' : 'NOT MET'}`);
  }

  megabytes(name: string, value: number, atMost?: number): void {
    const goal = atMost === undefined ? '' : `goal: at most ${atMost}: ${value <= atMost ? 'met' : 'NOT MET'}`;
    this.line(name, `${value.toFixed(0)} MB`, goal);
  }

  /** What a time consists of, each part in ms. */
  parts(title: string, partsMs: ReadonlyMap<string, number>): void {
    const texts = [...partsMs].filter(([, ms]) => ms >= 0.5).map(([name, ms]) => `${name} ${ms.toFixed(0)}`);
    if (texts.length > 0) this.note(`  ${title}: ${texts.join(', ')}`);
  }

  note(text: string): void {
    console.log(`  ${text}`);
  }

  private line(name: string, value: string, rest = ''): void {
    console.log(`  ${name.padEnd(46)}${value.padStart(11)}  ${rest}`.trimEnd());
  }
}
