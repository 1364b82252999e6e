import type { IncomingMessage } from 'node:http';

export type Role = 'reader' | 'importer' | 'operator' | 'administrator';

/** Who makes a request, and what they may do. `subject` is what the audit calls the actor. */
export interface Caller {
  readonly subject: string;
  readonly roles: readonly Role[];
}

export type Verification =
  | { readonly outcome: 'accepted'; readonly caller: Caller }
  | { readonly outcome: 'refused'; readonly status: 401 | 403; readonly detail: string };

/** Decides who makes a request. A throw is an outage and refuses the request with 500. */
export interface TokenVerifier {
  verify(request: IncomingMessage): Promise<Verification> | Verification;
}

/** The verifier until tokens exist: the service is reached over loopback or through something that guards it. */
export const trustingVerifier: TokenVerifier = {
  verify: () => ({
    outcome: 'accepted',
    caller: { subject: 'local', roles: ['reader', 'importer', 'operator', 'administrator'] },
  }),
};

const callers = new WeakMap<IncomingMessage, Caller>();

export function rememberCaller(request: IncomingMessage, caller: Caller): void {
  callers.set(request, caller);
}

/** Who makes this request, as the token verifier said. */
export function callerOf(request: IncomingMessage): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error('a request reached its handler without passing the guard');
  return caller;
}
