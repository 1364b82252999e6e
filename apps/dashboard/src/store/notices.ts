import type { Problem } from '@muster/contracts';
import { signal } from '@preact/signals';

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly problem?: Problem;
}

const STAYS_MS = 8_000;
let latest = 0;

/** What came of the acts of this page: told politely, gone by itself unless it is a refusal. */
export const notices = signal<readonly Notice[]>([]);

export function tell(text: string): void {
  const id = add({ text });
  setTimeout(() => dismiss(id), STAYS_MS);
}

export function refuse(what: string, problem: Problem): void {
  add({ text: what, problem });
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

function add(notice: Omit<Notice, 'id'>): number {
  latest += 1;
  notices.value = [...notices.value.slice(-2), { ...notice, id: latest }];
  return latest;
}
