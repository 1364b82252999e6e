import {
  MusterError,
  type Blocker,
  type MusterErrorOptions,
  type NodeReadiness,
  type PackageReport,
} from '@muster/contracts';
import type { ExitCode } from './exit-code.js';

export interface FailureOptions extends MusterErrorOptions {
  readonly exitCode: ExitCode;
  /** Completes the sentence "muster: THING …". */
  readonly happened?: string;
  readonly retryAfterSeconds?: number;
  readonly step?: string;
  readonly undone?: readonly string[];
  /** Of a refused import and a refused removal, as the service tells them. */
  readonly packages?: readonly PackageReport[];
  readonly blockers?: readonly Blocker[];
  /** Of a proposal that came to nothing: how far each node was. */
  readonly nodes?: readonly NodeReadiness[];
  /** The HTTP status, where a service answered. */
  readonly status?: number;
}

/** What ends a command: told in one form on stderr, and as `error` in a JSON document. */
export class Failure extends MusterError {
  readonly exitCode: ExitCode;
  readonly happened: string;
  readonly options: FailureOptions;

  constructor(
    readonly thing: string,
    code: string,
    detail: string,
    options: FailureOptions,
  ) {
    super(code, detail, options);
    this.exitCode = options.exitCode;
    this.happened = options.happened ?? 'was refused';
    this.options = options;
  }

  /** The same, with another remedy. */
  withRemedy(remedy: string): Failure {
    return new Failure(this.thing, this.code, this.message, { ...this.options, remedy });
  }
}

/** Ctrl-C. */
export class Interrupted extends Error {}

/** A failure whose JSON document has been written already, with what went before it. */
export class ToldFailure extends Failure {
  constructor(
    { thing, code, message, options }: Failure,
    /** Lines that follow it on stderr. */
    readonly more: readonly string[] = [],
  ) {
    super(thing, code, message, options);
  }
}
