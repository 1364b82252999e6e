import type { CauseName } from '@muster/contracts';

const CAUSE_OF_CODE: Readonly<Record<string, CauseName>> = {
  'checksum-mismatch': 'checksum-mismatch',
  'manifest-mismatch': 'checksum-mismatch',
  'package-missing': 'package-missing',
  'disk-full': 'disk-full',
  'database-away': 'database-away',
  'lock-timeout': 'lock-held',
};

/** The cause that a failure's code stands for. */
export function causeOfFailure(code: string): CauseName {
  if (code.startsWith('hook-')) return 'hook-failed';
  return CAUSE_OF_CODE[code] ?? 'install-failed';
}
