import { HttpProblem } from './http-problem.js';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const MAX_ISSUES = 20;

/** 400 `invalid-request`: what is wrong with the parameters or the body, by name. */
export function invalidRequest(issues: readonly Issue[]): HttpProblem {
  const texts = issues.slice(0, MAX_ISSUES).map(({ message, path }) => {
    const name = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return name === '' ? message : `${name}: ${message}`;
  });
  if (issues.length > MAX_ISSUES) texts.push(`and ${issues.length - MAX_ISSUES} more`);
  return new HttpProblem(400, 'invalid-request', texts.join('; '));
}
