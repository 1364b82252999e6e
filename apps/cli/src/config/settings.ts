import { EXIT } from '../exit-code.js';
import { Failure } from '../failure.js';
import type { World } from '../world.js';
import { configFiles, type FoundConfig } from './config-file.js';

export interface GlobalOptions {
  readonly url?: string;
  readonly statusUrl?: string;
  readonly token?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface Settings {
  /** The import-service, or a status-service, which passes on what is the import-service's. */
  readonly importUrl: URL;
  /** Where a status-service may be, the likeliest first. */
  readonly statusUrls: readonly URL[];
  readonly token?: string;
}

/** A value, and in words where it came from. */
interface Found {
  readonly value: string;
  readonly from: string;
  readonly isOfDirectory: boolean;
}

type Key = 'url' | 'statusUrl' | 'token';

const FLAG: Readonly<Record<Key, string>> = { url: '--url', statusUrl: '--status-url', token: '--token' };
const VARIABLE: Readonly<Record<Key, string>> = {
  url: 'MUSTER_URL',
  statusUrl: 'MUSTER_STATUS_URL',
  token: 'MUSTER_TOKEN',
};

const DEFAULT_IMPORT = 'http://127.0.0.1:8080';
const DEFAULT_STATUS = 'http://127.0.0.1:8081';

/** Flag before environment before file, for each value by itself. */
export function readSettings(options: GlobalOptions, world: World): Settings {
  const files = configFiles(options.config, world);
  const url = find('url', options, world, files);
  const statusUrl = find('statusUrl', options, world, files);
  const token = find('token', options, world, files);
  const addresses = addressesOf(url, statusUrl);
  if (token === undefined) return addresses;
  if (!/^[\u0021-\u007e]+$/.test(token.value)) throw invalid(token.from, 'a token is one word of printable ASCII');
  for (const address of [url, statusUrl]) withhold(token, address);
  return { ...addresses, token: token.value };
}

function addressesOf(url: Found | undefined, statusUrl: Found | undefined): Settings {
  const given = url && addressOf(url);
  const status = statusUrl && addressOf(statusUrl);
  if (given === undefined && status === undefined) {
    return { importUrl: new URL(DEFAULT_IMPORT), statusUrls: [new URL(DEFAULT_STATUS)] };
  }
  if (status !== undefined) return { importUrl: given ?? status, statusUrls: [status] };
  if (given === undefined) throw new Error('one of both addresses was given');
  return { importUrl: given, statusUrls: [given, ...neighbourOf(given)] };
}

/** A cluster on this machine has its status-service one port above its import-service. */
function neighbourOf(url: URL): URL[] {
  if (!isLoopback(url) || url.port === '' || url.port === '65535') return [];
  const next = new URL(url);
  next.port = String(Number(url.port) + 1);
  return [next];
}

function find(key: Key, options: GlobalOptions, world: World, files: readonly FoundConfig[]): Found | undefined {
  const flag = options[key];
  if (flag !== undefined) return { value: flag, from: FLAG[key], isOfDirectory: false };
  const variable = world.environment[VARIABLE[key]];
  if (variable !== undefined && variable !== '') {
    return { value: variable, from: VARIABLE[key], isOfDirectory: false };
  }
  for (const { file, isOfDirectory, values } of files) {
    const value = values[key];
    if (value !== undefined) return { value, from: `"${key}" of ${file}`, isOfDirectory };
  }
  return undefined;
}

function addressOf({ value, from }: Found): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw invalid(from, 'an address is written http://host:port or https://host');
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(from, 'an address holds no password; give a token with MUSTER_TOKEN');
  }
  return url;
}

/** A directory from elsewhere must not be able to name the place that one's own token is sent to. */
function withhold(token: Found, address: Found | undefined): void {
  if (address === undefined || !address.isOfDirectory || token.isOfDirectory) return;
  const url = addressOf(address);
  if (isLoopback(url)) return;
  throw new Failure(
    'the token',
    'token-withheld',
    `${token.from} is not sent to ${url.origin}, which ${address.from} names`,
    {
      exitCode: EXIT.fault,
      happened: 'was kept back',
      remedy: `If you trust that address, give it yourself: ${FLAG.url} or ${VARIABLE.url}.`,
    },
  );
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function invalid(from: string, detail: string): Failure {
  return new Failure(from, 'setting-invalid', detail, { exitCode: EXIT.fault, happened: 'cannot be used' });
}
