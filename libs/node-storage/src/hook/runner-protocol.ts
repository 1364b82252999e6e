/** What the parent writes to the runner's standard input, as one line; the end of that input is the parent's death. */
export interface RunnerJob {
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly graceMs: number;
}

/** What the runner writes to its standard output, one line each. */
export type RunnerMessage =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'not-started'; readonly detail: string }
  | {
      readonly kind: 'ended';
      readonly code: number | null;
      readonly signal: string | null;
      readonly timedOut: boolean;
      readonly output: string;
    };
