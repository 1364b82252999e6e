import type { IncomingHttpHeaders } from 'node:http';
import { hostOf, isAllowed, type HostName } from './foreign-host.js';

/** Whether a browser says that a page of another origin makes this request. Clients that are no browsers say nothing. */
export function isForeignOrigin(
  headers: IncomingHttpHeaders,
  host: HostName,
  allowedHosts: readonly string[],
): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return true;
  const { origin } = headers;
  if (origin === undefined) return false;
  const from = URL.canParse(origin) ? hostOf(new URL(origin).host) : undefined;
  if (from === undefined) return true;
  return from.authority !== host.authority && !isAllowed(from, allowedHosts);
}
