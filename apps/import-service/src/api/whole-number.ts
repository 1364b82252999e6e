import { z } from 'zod';

/** A whole number of a query, in decimal digits. */
export function wholeNumber(minimum: number, maximum: number) {
  const takes = `a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, takes)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, takes);
}
