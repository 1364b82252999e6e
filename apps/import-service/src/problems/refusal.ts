import { MusterError } from '@muster/contracts';
import { PackageRefused } from '@muster/extension-package';
import { ApplyFailed } from '@muster/node-storage';
import { HttpProblem, type HttpProblemOptions } from '@muster/service-kit';
import type { Reason } from '../rules/facts.js';
import { STATUS_OF_CODE } from './status-of-code.js';

/** The steps of an import, a roll back and a removal, in order, as answers and metrics name them. */
export type StepName =
  | 'receive'
  | 'check'
  | 'plan'
  | 'lock'
  | 'origin'
  | 'stage'
  | 'switch'
  | 'deploy'
  | 'undeploy'
  // Of one that is activated on all nodes together: they are asked, they get ready.
  | 'propose'
  | 'ready'
  | 'commit';

const PACKAGE_REMEDY =
  'Build the package again with a common zip tool, and look at it with `unzip -t` before the upload.';

/** Most reasons that a sentence tells; `packages` has all. */
const MAX_TOLD = 20;

/** 409 for packages that the state of the catalog, or the service, does not take: every reason in one answer. */
export function refusalOf(reasons: readonly Reason[], options: HttpProblemOptions = {}): HttpProblem {
  const [first] = reasons;
  if (first === undefined) throw new TypeError('a refusal needs a reason');
  const told = reasons.slice(0, MAX_TOLD);
  const rest = reasons.length > told.length ? `; and ${reasons.length - told.length} more` : '';
  const detail = told.map((reason) => (reason === first ? '' : `${reason.code}: `) + reason.detail).join('; ') + rest;
  const status = first.code === 'duplicate-extension' ? 422 : 409;
  return new HttpProblem(status, first.code, detail, { remedy: first.remedy, step: 'plan', ...options });
}

/**
 * What the client is told of a failure in a step: a status, the step, what was undone. An error that nobody foresaw is given
 * back as it is, for the log.
 */
export function asProblem(error: unknown, step: StepName, undone: readonly string[] = []): unknown {
  if (error instanceof HttpProblem) return withStep(error, step, undone);
  if (error instanceof PackageRefused) {
    const status = error.code === 'zip-too-large' ? 413 : 422;
    return new HttpProblem(status, error.code, error.message, {
      remedy: PACKAGE_REMEDY,
      ...given(error),
      step,
      undone,
    });
  }
  if (error instanceof ApplyFailed) return ofApply(error, step, undone);
  if (isDiskFull(error)) return diskFull(error, step, undone);
  if (!(error instanceof MusterError)) return error;
  const known = STATUS_OF_CODE[error.code];
  if (known === undefined) return error;
  return new HttpProblem(known.status, known.code ?? error.code, error.message, {
    remedy: known.remedy,
    ...(known.retryAfterSeconds !== undefined && { retryAfterSeconds: known.retryAfterSeconds }),
    ...given(error),
    step,
    undone,
  });
}

function withStep(error: HttpProblem, step: StepName, undone: readonly string[]): HttpProblem {
  if (error.step !== undefined && error.undone !== undefined) return error;
  return new HttpProblem(error.status, error.code, error.message, {
    ...given(error),
    step: error.step ?? step,
    undone: error.undone ?? undone,
  });
}

/** The storage names its own steps; the hook's is known to the world by what it does. */
function ofApply(failed: ApplyFailed, step: StepName, undone: readonly string[]): unknown {
  const inner = asProblem(failed.cause, step, []);
  const where = failed.step === 'hook' ? step : failed.step;
  const all = [...new Set([...failed.undone, ...undone])];
  if (!(inner instanceof HttpProblem)) {
    return new HttpProblem(500, failed.code, failed.message, { ...given(failed), step: where, undone: all });
  }
  return new HttpProblem(inner.status, inner.code, inner.message, {
    ...given(inner),
    step: inner.step !== undefined && inner.step !== step ? inner.step : where,
    undone: all,
  });
}

function isDiskFull(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function diskFull(error: Error, step: StepName, undone: readonly string[]): HttpProblem {
  const remedy = STATUS_OF_CODE['disk-full']?.remedy ?? '';
  return new HttpProblem(507, 'disk-full', `this node's disk is full: ${error.message}`, {
    remedy,
    step,
    undone,
    retryAfterSeconds: 60,
    cause: error,
  });
}

/** All that an error says besides its code and sentence. */
export function given(error: MusterError): HttpProblemOptions {
  const { limit, actual, remedy, cause } = error;
  const { retryAfterSeconds, step, undone, packages, blockers, nodes }: HttpProblemOptions =
    error instanceof HttpProblem ? error : {};
  const options = { limit, actual, remedy, cause, retryAfterSeconds, step, undone, packages, blockers, nodes };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
