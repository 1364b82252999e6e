import type { Cause, CauseName } from '@muster/contracts';

/** What the page can do itself about a cause. */
export type Act =
  | { readonly kind: 'order'; readonly order: 'retry' | 'resync' | 'verify' | 'accept-catalog'; readonly label: string }
  | { readonly kind: 'resume' | 'retire' | 'import'; readonly label: string };

const RETRY: Act = { kind: 'order', order: 'retry', label: 'Retry now' };
const RESYNC: Act = { kind: 'order', order: 'resync', label: 'Resync' };
const IMPORT: Act = { kind: 'import', label: 'Import the zip again…' };
const VERIFY: Act = { kind: 'order', order: 'verify', label: 'Verify now' };

const ACTS: Partial<Record<CauseName, Act>> = {
  'hook-failed': RETRY,
  'install-failed': RETRY,
  'disk-full': RETRY,
  'checksum-mismatch': IMPORT,
  'package-missing': IMPORT,
  'drift-recurring': VERIFY,
  'catching-up': RESYNC,
  'proof-missing': VERIFY,
  paused: { kind: 'resume', label: 'Resume' },
  'node-offline': { kind: 'retire', label: 'Retire the node…' },
  forked: { kind: 'order', order: 'accept-catalog', label: 'Accept this catalog…' },
};

export function actFor({ cause, node }: Cause): Act | undefined {
  const act = ACTS[cause];
  return act !== undefined && (act.kind === 'import' || node !== undefined) ? act : undefined;
}

/** The command that does the same, as the service names it or as it follows from the cause. */
export function commandFor(cause: Cause): string | undefined {
  if (cause.command !== undefined) return cause.command;
  const act = actFor(cause);
  const { node } = cause;
  if (act === undefined || node === undefined) return undefined;
  if (act.kind === 'resume') return `muster resume ${node}`;
  if (act.kind !== 'order' || act.order === 'accept-catalog') return undefined;
  const extension = cause.extension === undefined ? '' : ` ${quote(cause.extension)}`;
  return act.order === 'retry' ? `muster retry ${node}${extension}` : `muster resync ${node}${extension}`;
}

function quote(name: string): string {
  return name.includes(' ') ? `"${name}"` : name;
}
