import { isIP } from 'node:net';

/** A host as a header names it, in lower case: `name` without brackets, `authority` with the port where there is one. */
export interface HostName {
  readonly name: string;
  readonly authority: string;
}

/** Undefined where the text is not `name`, `name:port`, `[v6]` or `[v6]:port`. */
export function hostOf(text: string | undefined): HostName | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(text ?? '');
  const name = match?.[1]?.toLowerCase();
  if (name === undefined) return undefined;
  return { name: bare(name), authority: match?.[2] === undefined ? name : `${name}:${match[2]}` };
}

export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/**
 * Loopback names and the address that the connection came to are ours: a page of another site can only come under a
 * name of its own. Everything else must be allowed.
 */
export function isForeignHost(
  host: HostName,
  boundHost: string,
  allowedHosts: readonly string[],
  localAddress: string | undefined,
): boolean {
  if (isLoopback(host.name) || host.name === bare(boundHost.toLowerCase())) return false;
  if (isIP(host.name) !== 0 && host.name === localAddress?.replace(/^::ffff:/, '')) return false;
  return !isAllowed(host, allowedHosts);
}

export function isAllowed(host: HostName, allowedHosts: readonly string[]): boolean {
  return allowedHosts.some((allowed) => {
    const entry = allowed.toLowerCase();
    return entry === host.authority || bare(entry) === host.name;
  });
}

function bare(name: string): string {
  return name.replace(/^\[(.*)\]$/, '$1');
}
