import { z } from 'zod';

/** How many entries one page has: `limit` as text, within what one answer may hold. */
export function pageSize(usual: number, most: number) {
  return z
    .string()
    .regex(/^\d{1,6}$/, 'a number of entries')
    .transform(Number)
    .pipe(z.number().min(1).max(most))
    .default(usual);
}
