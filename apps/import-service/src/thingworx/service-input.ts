import { HttpProblem } from '@muster/service-kit';
import type { Request } from 'express';

/** What a service is called with: the JSON body and, before it, the query. */
export type ServiceInput = Readonly<Record<string, unknown>>;

/** @throws HttpProblem 400 `invalid-request` for a body that is no object */
export function inputOf({ body, query }: Pick<Request, 'body' | 'query'>): ServiceInput {
  const given: unknown = body ?? {};
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new HttpProblem(400, 'invalid-request', 'the body is no JSON object', { remedy: 'Send {} or nothing.' });
  }
  return { ...given, ...query };
}

/** @throws HttpProblem 400 `invalid-request` where it is missing */
export function packageNameOf(request: Pick<Request, 'body' | 'query'>): string {
  const { packageName } = inputOf(request);
  if (typeof packageName === 'string' && packageName !== '') return packageName;
  throw new HttpProblem(400, 'invalid-request', 'packageName is missing', {
    remedy: 'Send {"packageName": "…"} with Content-Type: application/json, or ?packageName=… in the query.',
  });
}
