import { HttpProblem } from '@muster/service-kit';
import { describe, expect, test } from 'vitest';
import { admit } from './admission.js';
import { AppKeys, parseAppKeys } from './app-keys.js';

const KEYS = new AppKeys([
  { key: 'right-key', user: 'ann' },
  { key: 'other-key', user: 'bob' },
]);
const UPLOAD = '/ExtensionPackageUploader';
const REMOVE = '/Subsystems/PlatformSubsystem/Services/DeleteExtensionPackage';
const LIST = '/Subsystems/PlatformSubsystem/Services/GetExtensionPackageList';
const XSRF = { 'x-xsrf-token': 'TWX-XSRF-TOKEN-VALUE' };
const FORM = { 'content-type': 'multipart/form-data; boundary=x' };
const JSON_BODY = { 'content-type': 'application/json;charset=UTF-8' };
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

type Headers = Readonly<Record<string, string>>;

function outcome(keys: AppKeys | undefined, method: string, path: string, query: string, headers: Headers): unknown {
  try {
    return admit({ method, path, query, headers }, keys);
  } catch (error) {
    if (error instanceof HttpProblem) return `${error.status} ${error.code}`;
    throw error;
  }
}

describe('with keys', () => {
  test.for<[string, string, Headers, unknown]>([
    [LIST, '', {}, '401 unauthenticated'],
    [LIST, '', { appkey: 'right-key' }, 'ann'],
    [LIST, '', { appkey: 'right-ke' }, '401 unauthenticated'],
    [LIST, '', { appkey: 'ann' }, '401 unauthenticated'],
    [LIST, '', { appkey: '' }, '401 unauthenticated'],
    [LIST, 'appKey=other-key', {}, 'bob'],
    [LIST, '&appKey=other-key', {}, 'bob'],
    [LIST, 'appkey=other-key', {}, 'bob'],
    [LIST, 'appKey=wrong', {}, '401 unauthenticated'],
    [LIST, '', basic('ann:right-key'), 'ann'],
    [LIST, '', basic('bob:right-key'), '401 unauthenticated'],
    [LIST, '', basic('ann:wrong'), '401 unauthenticated'],
    [LIST, '', basic('ann'), '401 unauthenticated'],
    [LIST, '', basic(':'), '401 unauthenticated'],
    [LIST, '', { authorization: 'Basic !!!' }, '401 unauthenticated'],
    [LIST, '', { authorization: 'Bearer right-key' }, '401 unauthenticated'],
    // The first that is there counts: a wrong key is not made good by a password.
    [LIST, '', { appkey: 'wrong', ...basic('ann:right-key') }, '401 unauthenticated'],
    [UPLOAD, '', { appkey: 'right-key', ...FORM, ...XSRF }, 'ann'],
    [UPLOAD, '', { appkey: 'right-key', ...FORM }, 'ann'],
    [UPLOAD, 'appKey=right-key', FORM, 'ann'],
    [UPLOAD, '', { ...basic('ann:right-key'), ...FORM, ...XSRF }, 'ann'],
    [UPLOAD, '', { ...basic('ann:right-key'), ...FORM }, '403 xsrf-token-missing'],
    [UPLOAD, '', { ...basic('ann:right-key'), ...FORM, 'x-xsrf-token': 'x' }, '403 xsrf-token-missing'],
    [UPLOAD, '', { ...FORM, ...XSRF }, '401 unauthenticated'],
    [REMOVE, 'packageName=A', { ...basic('ann:right-key'), ...JSON_BODY }, 'ann'],
    [REMOVE, 'packageName=A', basic('ann:right-key'), '403 xsrf-token-missing'],
    [REMOVE.toLowerCase(), 'packageName=A', basic('ann:right-key'), '403 xsrf-token-missing'],
    [`${REMOVE}/`, 'packageName=A', basic('ann:right-key'), '403 xsrf-token-missing'],
    [REMOVE, '', { ...basic('ann:right-key'), 'content-type': 'text/plain' }, '403 xsrf-token-missing'],
    [
      REMOVE,
      '',
      { ...basic('ann:right-key'), 'content-type': 'text/plain; application/json' },
      '403 xsrf-token-missing',
    ],
    ['/health', '', {}, undefined],
    ['/ready/', '', {}, undefined],
    ['/health/more', '', {}, '401 unauthenticated'],
  ])('POST %s?%s %j: %s', ([path, query, headers, expected]) =>
    expect(outcome(KEYS, 'POST', path, query, headers)).toBe(expected),
  );
});

describe('without keys whatever is sent is passed over, but a foreign page changes nothing', () => {
  test.for<[string, string, string, Headers, unknown]>([
    ['POST', LIST, '', {}, undefined],
    ['POST', LIST, '', { appkey: 'anything' }, undefined],
    ['GET', UPLOAD, '', {}, undefined],
    ['POST', UPLOAD, '', { ...FORM, ...XSRF }, undefined],
    ['POST', UPLOAD, '', { ...FORM, appkey: 'anything' }, undefined],
    ['POST', UPLOAD, '', { ...FORM, ...basic('any:thing') }, '403 xsrf-token-missing'],
    // A form on a page of another site can have any query, and nobody knows whether this key is right.
    ['POST', UPLOAD, 'appKey=anything', FORM, '403 xsrf-token-missing'],
    ['POST', UPLOAD, '', FORM, '403 xsrf-token-missing'],
    ['POST', REMOVE, 'packageName=A', {}, '403 xsrf-token-missing'],
    ['POST', REMOVE, 'packageName=A', JSON_BODY, undefined],
  ])('%s %s?%s %j: %s', ([method, path, query, headers, expected]) =>
    expect(outcome(undefined, method, path, query, headers)).toBe(expected),
  );
});

describe('MUSTER_APP_KEYS', () => {
  test.for<[string, unknown]>([
    ['k1:ann', [{ key: 'k1', user: 'ann' }]],
    [
      ' k1:ann , k2:bob,',
      [
        { key: 'k1', user: 'ann' },
        { key: 'k2', user: 'bob' },
      ],
    ],
    [
      'k1:ann\nk2:ann\n',
      [
        { key: 'k1', user: 'ann' },
        { key: 'k2', user: 'ann' },
      ],
    ],
    ['', undefined],
    [',', undefined],
    ['k1', undefined],
    ['k1:', undefined],
    [':ann', undefined],
    ['k1:a:b', undefined],
    ['k1:ann,k1:bob', undefined],
    ['k 1:ann', undefined],
    ['k1:ann,k2', undefined],
  ])('%j', ([text, expected]) => expect(parseAppKeys(text)).toEqual(expected));
});
