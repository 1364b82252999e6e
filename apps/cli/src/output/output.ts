import type { World, Screen } from '../world.js';
import { cut, paints, type Paints } from './paint.js';
import { table } from './table.js';
import { withLocalTimes } from './words.js';

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Narrowest terminal for which lines are laid out. */
const LEAST_COLUMNS = 40;

/** Where a command writes: lines for people, or one JSON document, or only what a script needs. */
export class Output {
  readonly paint: Paints;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether bars and lines that change may be drawn. */
  readonly isLive: boolean;
  /** How many lines stand on the terminal that the next ones replace. */
  private transient = 0;

  constructor(
    private readonly world: Pick<World, 'stdout' | 'stderr' | 'environment'>,
    { json, quiet }: OutputOptions,
  ) {
    this.json = json;
    this.quiet = quiet;
    this.paint = paints(isColoured(world.stdout, world.environment));
    this.isLive = !json && !quiet && world.stderr.isTTY === true && world.environment['TERM'] !== 'dumb';
  }

  get columns(): number {
    const { isTTY, columns } = this.world.stdout;
    return isTTY === true && columns !== undefined ? Math.max(LEAST_COLUMNS, columns) : Number.POSITIVE_INFINITY;
  }

  /** A line for people. */
  line(text = ''): void {
    if (this.json || this.quiet) return;
    this.clear();
    this.world.stdout.write(`${withLocalTimes(text)}\n`);
  }

  lines(texts: readonly string[]): void {
    for (const text of texts) this.line(text);
  }

  table(rows: readonly (readonly string[])[]): void {
    this.lines(table(rows, this.columns));
  }

  /** A heading and rows, or a sentence where there are none. */
  list(heading: readonly string[], rows: readonly (readonly string[])[], none: string): void {
    if (rows.length === 0) this.line(none);
    else this.table([heading.map((title) => this.paint.faint(title)), ...rows]);
  }

  /** What a script needs, with `--quiet`. */
  value(text: string | number): void {
    if (this.quiet && !this.json) this.world.stdout.write(`${text}\n`);
  }

  /** The JSON document, or one line of several. */
  document(value: unknown, { line = false } = {}): void {
    if (this.json) this.world.stdout.write(`${line ? JSON.stringify(value) : JSON.stringify(value, null, 2)}\n`);
  }

  /** Bytes for a program, whatever the options say. */
  raw(text: string): void {
    this.world.stdout.write(text);
  }

  /** What the reader should know and no script needs: on stderr. */
  note(text: string): void {
    if (this.quiet) return;
    this.clear();
    this.world.stderr.write(`${text}\n`);
  }

  /** A failure: always told. */
  error(text: string): void {
    this.clear();
    this.world.stderr.write(`${withLocalTimes(text)}\n`);
  }

  /** A line that the next one replaces; nothing where there is no terminal. */
  progress(text: string): void {
    this.picture([text]);
  }

  /** Lines that the next ones replace; those that there is no room for are only counted. */
  picture(texts: readonly string[]): void {
    if (!this.isLive || texts.length === 0) return;
    const { columns = 80, rows = 24 } = this.world.stderr;
    const most = Math.max(2, rows - 1);
    const all = texts.length > most ? [...texts.slice(0, most - 1), `  … ${texts.length - most + 1} more`] : texts;
    const lines = all.map((text) => `\u001b[K${cut(withLocalTimes(text), columns)}`);
    this.world.stderr.write(`${this.toTop()}${lines.join('\n')}${this.transient > lines.length ? BELOW : ''}`);
    this.transient = lines.length;
  }

  clear(): void {
    if (this.transient === 0) return;
    this.world.stderr.write(`${this.toTop()}${this.transient > 1 ? BELOW : '\u001b[K'}`);
    this.transient = 0;
  }

  private toTop(): string {
    return this.transient > 1 ? `\u001b[${this.transient - 1}A\r` : '\r';
  }
}

/** Clears all from here to the end of the screen. */
const BELOW = '\u001b[J';

function isColoured(stdout: Screen, environment: World['environment']): boolean {
  const noColour = environment['NO_COLOR'];
  if (noColour !== undefined && noColour !== '') return false;
  return stdout.isTTY === true && environment['TERM'] !== 'dumb';
}
