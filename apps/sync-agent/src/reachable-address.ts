import { hostname } from 'node:os';

const WILDCARDS = new Set(['0.0.0.0', '[::]']);

/** Where others reach what listens at `url`: a wildcard stands for every interface of this machine, so its name is told. */
export function reachableAddress(url: string, name = hostname()): string {
  const { protocol, hostname: host, port } = new URL(url);
  return WILDCARDS.has(host) ? `${protocol}//${name}${port === '' ? '' : `:${port}`}` : url;
}
