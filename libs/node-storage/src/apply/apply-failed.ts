import { MusterError } from '@muster/contracts';

/** An import that was backed out: which step of which extension failed, and what was undone. */
export class ApplyFailed extends MusterError {
  constructor(
    /** `fetch`, `stage`, `sync`, `mark`, `switch`, `hook`, `commit` … */
    readonly step: string,
    /** In order, in plain words. */
    readonly undone: readonly string[],
    cause: MusterError,
    readonly extension?: string,
  ) {
    super(cause.code, cause.message, {
      cause,
      ...(cause.limit === undefined ? {} : { limit: cause.limit }),
      ...(cause.actual === undefined ? {} : { actual: cause.actual }),
      ...(cause.remedy === undefined ? {} : { remedy: cause.remedy }),
    });
  }
}
