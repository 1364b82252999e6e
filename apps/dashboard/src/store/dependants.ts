import type { ExtensionDetail, ExtensionList } from '@muster/contracts';
import { read } from './api.js';

const AT_ONCE = 6;

export interface Looked {
  readonly seen: number;
  readonly total: number;
  /** Those that need it, directly or through another: the outermost first, as they would have to go. */
  readonly dependants?: readonly string[];
}

/** Looks through what every other extension needs. Undefined where the list cannot be read. */
export async function findDependants(name: string, tell: (looked: Looked) => void, signal: AbortSignal): Promise<void> {
  const list = await read<ExtensionList>('/extensions', signal);
  if (!list.ok) return;
  const names = list.value.extensions.map((extension) => extension.name);
  const needs = new Map<string, readonly string[]>();
  const queue = [...names];
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined && !signal.aborted; next = queue.pop()) {
      const detail = await read<ExtensionDetail>(`/extensions/${encodeURIComponent(next)}`, signal);
      needs.set(next, detail.ok ? detail.value.metadata.dependsOn.map((other) => other.name) : []);
      tell({ seen: needs.size, total: names.length });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (!signal.aborted) tell({ seen: names.length, total: names.length, dependants: outermostFirst(name, needs) });
}

function outermostFirst(name: string, needs: ReadonlyMap<string, readonly string[]>): string[] {
  const order: string[] = [];
  const visit = (current: string): void => {
    for (const [other, needed] of needs) {
      if (!needed.includes(current) || order.includes(other) || other === name) continue;
      visit(other);
      order.push(other);
    }
  };
  visit(name);
  return order;
}
