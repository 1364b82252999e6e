import { signal } from '@preact/signals';

/** Which question stands open. One at a time. */
export type OpenDialog =
  | { readonly kind: 'search' | 'help' | 'freeze' }
  | { readonly kind: 'pause' | 'retire' | 'accept'; readonly node: string }
  | { readonly kind: 'call-off'; readonly proposal: string }
  | { readonly kind: 'remove'; readonly extension: string }
  | { readonly kind: 'rollback'; readonly extension: string; readonly sha256?: string }
  | { readonly kind: 'replay'; readonly node?: string; readonly extension?: string; readonly from: number };

export const openDialog = signal<OpenDialog | undefined>(undefined);

export function show(dialog: OpenDialog): void {
  openDialog.value = dialog;
}

export function close(): void {
  openDialog.value = undefined;
}
