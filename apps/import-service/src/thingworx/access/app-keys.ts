import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

export interface AppKey {
  readonly key: string;
  /** Whom the audit names. */
  readonly user: string;
}

const TAKES = 'app keys as key:user with commas or line breaks between them, each key once, without blanks';
const ENTRY = /^([^\s:,]{1,256}):([^\s:,]{1,128})$/;

/** `key:user,key:user`; undefined where the text is not that, or holds a key twice. */
export function parseAppKeys(text: string): AppKey[] | undefined {
  const entries = text.split(/[,\n]/).map((entry) => entry.trim());
  const keys = entries
    .filter((entry) => entry !== '')
    .flatMap((entry) => {
      const [, key, user] = ENTRY.exec(entry) ?? [];
      return key === undefined || user === undefined ? [] : [{ key, user }];
    });
  const whole = keys.length === entries.filter((entry) => entry !== '').length && keys.length > 0;
  return whole && new Set(keys.map(({ key }) => key)).size === keys.length ? keys : undefined;
}

/** The variable `MUSTER_APP_KEYS`. What is wrong with it is said without its value. */
export function appKeys() {
  return z.string({ error: TAKES }).transform((text, context): AppKey[] => {
    const keys = parseAppKeys(text);
    if (keys !== undefined) return keys;
    context.addIssue({ code: 'custom', message: TAKES });
    return z.NEVER;
  });
}

/** Knows keys by their digests, and takes as long for a wrong key as for a right one. */
export class AppKeys {
  private readonly known: readonly { readonly digest: Buffer; readonly user: string }[];

  constructor(keys: readonly AppKey[]) {
    this.known = keys.map(({ key, user }) => ({ digest: digestOf(key), user }));
  }

  userOf(key: string): string | undefined {
    const digest = digestOf(key);
    let found: string | undefined;
    for (const { digest: known, user } of this.known) if (timingSafeEqual(known, digest)) found = user;
    return found;
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
