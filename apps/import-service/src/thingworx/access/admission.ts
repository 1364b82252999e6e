import { HttpProblem } from '@muster/service-kit';
import type { IncomingHttpHeaders } from 'node:http';
import type { AppKeys } from './app-keys.js';
import { readCredentials, type Credentials } from './credentials.js';

/** What of a request decides whether it is let in. */
export interface Knocking {
  readonly method: string;
  /** Below `/Thingworx`, as it was sent. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
}

const XSRF_VALUE = 'TWX-XSRF-TOKEN-VALUE';
/** Asked before anybody has logged in. */
const OPEN = /^\/(?:health|ready)\/?$/i;
/** What changes something. */
const CHANGES = /^\/(?:ExtensionPackageUploader|Subsystems\/PlatformSubsystem\/Services\/DeleteExtensionPackage)\/?$/i;

/**
 * Who makes the request; undefined where nobody was asked for, because no keys are configured: then it is whom the service's
 * own guard took it for, and what it says of itself is passed over.
 *
 * @throws HttpProblem 401 `unauthenticated`, 403 `xsrf-token-missing`
 */
export function admit(knocking: Knocking, keys: AppKeys | undefined): string | undefined {
  if (OPEN.test(knocking.path)) return undefined;
  const credentials = readCredentials(knocking.headers, knocking.query);
  const user = keys === undefined ? undefined : identify(credentials, keys);
  if (
    knocking.method === 'POST' &&
    CHANGES.test(knocking.path) &&
    !isNoForeignPage(knocking.headers, credentials, keys)
  )
    throw xsrfMissing();
  return user;
}

function identify(credentials: Credentials, keys: AppKeys): string {
  const user = userOf(credentials, keys);
  if (user !== undefined) return user;
  const detail =
    credentials.kind === 'none'
      ? 'this request brings no app key'
      : 'this app key, or this user with it, is not known here';
  throw new HttpProblem(401, 'unauthenticated', detail, {
    remedy:
      'Send a key of MUSTER_APP_KEYS as the header appKey or as appKey in the query, or its user with the key as the password (Basic).',
  });
}

function userOf(credentials: Credentials, keys: AppKeys): string | undefined {
  if (credentials.kind === 'app-key') return keys.userOf(credentials.key);
  if (credentials.kind !== 'basic') return undefined;
  const user = keys.userOf(credentials.password);
  return user === credentials.user ? user : undefined;
}

/**
 * Whether something in the request could not be sent by a page of another site without this service's leave: the token, a
 * header of one's own, a JSON body, or a key in the query that was found right.
 */
function isNoForeignPage(headers: IncomingHttpHeaders, credentials: Credentials, keys: AppKeys | undefined): boolean {
  if (headers['x-xsrf-token'] === XSRF_VALUE) return true;
  if (/^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(headers['content-type'] ?? '')) return true;
  return credentials.kind === 'app-key' && (credentials.from === 'header' || keys !== undefined);
}

function xsrfMissing(): HttpProblem {
  return new HttpProblem(
    403,
    'xsrf-token-missing',
    'this request changes something and does not carry the XSRF token',
    {
      remedy: `Send the header X-XSRF-TOKEN: ${XSRF_VALUE}, or an app key in the header appKey.`,
    },
  );
}
