import { HttpProblem } from '@muster/service-kit';

/** What one request may bring. */
export interface ImportLimits {
  /** Of each zip. */
  readonly maxZipBytes: number;
  /** Of all zips together, and of all that they unpack to. */
  readonly maxImportBytes: number;
  readonly maxPackages: number;
}

/** Counts what one import has brought so far, so that it is stopped where it passes a limit and not when all is there. */
export class ImportBudget {
  private zipBytes = 0;
  private unpackedBytes = 0;

  constructor(readonly limits: ImportLimits) {}

  /** Bytes of zips as they come. @throws HttpProblem 413 `import-too-large` */
  spendBytes(count: number): void {
    this.zipBytes += count;
    this.refuseBeyond(this.zipBytes, 'the packages of this import together have');
  }

  /** Bytes that a package unpacks to. @throws HttpProblem 413 `import-too-large` */
  spendUnpacked(count: number): void {
    this.unpackedBytes += count;
    this.refuseBeyond(this.unpackedBytes, 'the packages of this import together would unpack to');
  }

  /** @throws HttpProblem 413 `too-many-packages` */
  refuseMorePackages(count: number): void {
    if (count > this.limits.maxPackages) throw this.tooManyPackages(count);
  }

  tooManyPackages(actual: number): HttpProblem {
    const { maxPackages: limit } = this.limits;
    return new HttpProblem(413, 'too-many-packages', `one import takes ${limit} packages at most`, {
      limit,
      actual,
      remedy: 'Import them in several parts, those that others need first; or raise MUSTER_MAX_PACKAGES.',
    });
  }

  private refuseBeyond(actual: number, what: string): void {
    const { maxImportBytes: limit } = this.limits;
    if (actual <= limit) return;
    throw new HttpProblem(413, 'import-too-large', `${what} more than ${limit} bytes`, {
      limit,
      actual,
      remedy: 'Import them in several parts, those that others need first; or raise MUSTER_MAX_IMPORT_BYTES.',
    });
  }
}
