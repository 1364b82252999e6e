import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** A kept connection may end in the moment in which a request is sent that cannot be repeated. */
const keepSocketAlive = (): boolean => false;

/**
 * A connection for each request, which does not say so: a server that is told to close closes with its answer, and one that
 * refuses an upload before it has read it would take the answer along with the rest of the upload.
 */
export function agentFor({ protocol }: URL): HttpAgent {
  const agent = protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  return Object.assign(agent, { keepSocketAlive });
}
