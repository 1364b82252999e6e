import {
  MusterError,
  type Blocker,
  type MusterErrorOptions,
  type NodeReadiness,
  type PackageReport,
} from '@muster/contracts';

export interface HttpProblemOptions extends MusterErrorOptions {
  /** Sent as `Retry-After`; 503 and 429 have one anyway. */
  readonly retryAfterSeconds?: number;
  /** The step that failed. */
  readonly step?: string;
  /** What was undone after it. */
  readonly undone?: readonly string[];
  /** Of a refused import: a row for each package that was sent. */
  readonly packages?: readonly PackageReport[];
  /** Of a refused removal. */
  readonly blockers?: readonly Blocker[];
  /** Of a proposal that came to nothing. */
  readonly nodes?: readonly NodeReadiness[];
}

/** A refusal whose HTTP status is known where it is made. */
export class HttpProblem extends MusterError {
  readonly status: number;
  readonly retryAfterSeconds?: number;
  readonly step?: string;
  readonly undone?: readonly string[];
  readonly packages?: readonly PackageReport[];
  readonly blockers?: readonly Blocker[];
  readonly nodes?: readonly NodeReadiness[];

  constructor(status: number, code: string, detail: string, options: HttpProblemOptions = {}) {
    super(code, detail, options);
    this.status = status;
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
    if (options.step !== undefined) this.step = options.step;
    if (options.undone !== undefined) this.undone = options.undone;
    if (options.packages !== undefined) this.packages = options.packages;
    if (options.blockers !== undefined) this.blockers = options.blockers;
    if (options.nodes !== undefined) this.nodes = options.nodes;
  }
}
