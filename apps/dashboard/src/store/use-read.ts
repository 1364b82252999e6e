import type { Problem } from '@muster/contracts';
import { useEffect, useState } from 'preact/hooks';
import { read } from './api.js';

export interface Reading<T> {
  readonly value?: T;
  readonly problem?: Problem;
}

/**
 * What an address answers, read again whenever `stamp` changes. The last answer to the same address stays in sight until the
 * next one is there, so that nothing flickers.
 */
export function useRead<T>(url: string, stamp: unknown = 0): Reading<T> {
  const [reading, setReading] = useState<Reading<T> & { readonly url: string }>({ url });
  useEffect(() => {
    const aborter = new AbortController();
    void read<T>(url, aborter.signal).then((answer) => {
      if (aborter.signal.aborted) return;
      if (answer.ok) setReading({ url, value: answer.value });
      else
        setReading((before) => ({
          url,
          problem: answer.problem,
          ...(before.url === url && before.value !== undefined && { value: before.value }),
        }));
    });
    return () => aborter.abort();
  }, [url, stamp]);
  return reading.url === url ? reading : {};
}
