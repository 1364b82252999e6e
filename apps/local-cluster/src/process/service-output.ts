import type { RotatingFile } from '../directory/rotating-file.js';

const LOUD = new Set(['warn', 'error', 'fatal']);

/**
 * Takes what a service prints: all of it goes to its log, warnings and errors to the terminal too. What is no JSON line
 * comes from Node itself, or from a service that could not start, and is worth reading.
 */
export class ServiceOutput {
  /** The last line that was worth reading: says why a service does not become ready. */
  lastLoud: string | undefined;

  constructor(
    private readonly label: string,
    private readonly file: RotatingFile,
    private readonly terminal: (line: string) => void,
  ) {}

  take(line: string, stream: 'out' | 'error'): void {
    this.file.writeLine(line);
    const text = loudText(line) ?? (stream === 'error' && !line.startsWith('{') ? line : undefined);
    if (text === undefined || text.trim() === '') return;
    this.lastLoud = text;
    this.terminal(`${this.label} | ${text}`);
  }
}

function loudText(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, msg, err } = JSON.parse(line) as { level?: string; msg?: string; err?: { message?: string } };
    if (level === undefined || !LOUD.has(level)) return undefined;
    const message = err?.message;
    const cause = message === undefined || msg?.includes(message) ? '' : `: ${message}`;
    return `${level}: ${msg ?? ''}${cause}`;
  } catch {
    return undefined;
  }
}
