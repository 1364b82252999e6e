import type { IncomingHttpHeaders } from 'node:http';

/** What a request says of who sends it. The first that is there counts. */
export type Credentials =
  | { readonly kind: 'app-key'; readonly key: string; readonly from: 'header' | 'query' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'other' }
  | { readonly kind: 'none' };

/** The header `appKey`, the parameter `appKey` of the query, or Basic; `query` is without its question mark. */
export function readCredentials(headers: IncomingHttpHeaders, query: string): Credentials {
  const header = [headers['appkey']].flat()[0];
  if (header !== undefined && header !== '') return { kind: 'app-key', key: header, from: 'header' };
  for (const [name, value] of new URLSearchParams(query)) {
    if (name.toLowerCase() === 'appkey' && value !== '') return { kind: 'app-key', key: value, from: 'query' };
  }
  const { authorization } = headers;
  return authorization === undefined ? { kind: 'none' } : readBasic(authorization);
}

function readBasic(authorization: string): Credentials {
  const encoded = /^Basic +([A-Za-z0-9+/_-]+={0,2}) *$/i.exec(authorization)?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return { kind: 'other' };
  return { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
}
