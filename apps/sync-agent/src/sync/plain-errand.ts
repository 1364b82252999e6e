import type { Fork, Plan } from '@muster/node-storage';
import { isNamed } from './errand.js';
import type { Ending, Errand, Scene, Taken } from './errand.js';
import type { Names } from './look-requests.js';
import type { PlainOrder } from './orders.js';
import type { ParkedLedger } from './parked-ledger.js';

/** `retry`, `verify`, `resync` and `accept-catalog`. */
export class PlainErrand implements Errand {
  private verified: readonly string[] | undefined;
  private differing: readonly string[] = [];
  private readonly tried = new Set<string>();
  private accepted: Fork | undefined;

  constructor(
    private readonly order: PlainOrder,
    private readonly parked: Pick<ParkedLedger, 'get'>,
  ) {}

  get id(): string {
    return this.order.id;
  }

  verify(): Names {
    const { kind, names } = this.order;
    return kind === 'retry' || this.verified !== undefined ? new Set() : names;
  }

  retry(parked: readonly string[]): ReadonlySet<string> {
    const { kind, names } = this.order;
    if (kind === 'verify') return new Set();
    return new Set(parked.filter((name) => isNamed(names, name) && !this.tried.has(name)));
  }

  /** Its first look: everything that differs, whether it may be tried now or not. */
  begin({ wanted, local }: Pick<Scene, 'wanted' | 'local'>, { steps }: Plan, accepted: Fork | undefined): void {
    if (this.verified !== undefined) return;
    const { kind, names } = this.order;
    const ours = [...local.extensions.values()].filter(({ mark }) => mark !== undefined);
    const known = new Set([...wanted.extensions, ...ours].map(({ name }) => name));
    this.verified = kind === 'retry' ? [] : [...known].filter((name) => isNamed(names, name)).sort();
    this.differing = steps.map(({ name }) => name).filter((name) => isNamed(names, name));
    this.accepted = accepted;
  }

  took({ applied, parked }: Taken): void {
    for (const { name } of [...applied, ...parked]) this.tried.add(name);
  }

  result({ wanted, held, turns, paused }: Ending): Record<string, unknown> {
    const { kind, names } = this.order;
    const { catalogId, revision, chain } = wanted;
    const aside = held.filter(({ step }) => isNamed(names, step.name));
    const asideNames = new Set(aside.map(({ step }) => step.name));
    return {
      revision,
      verified: this.verified ?? [],
      differing: [...this.differing].sort(),
      brought: paused === undefined ? this.differing.filter((name) => !asideNames.has(name)).sort() : [],
      parked: aside.map((one) => ({ extension: one.step.name, reason: whyHeld(one, this.parked, turns) })),
      ...(paused !== undefined && { paused }),
      ...(kind === 'accept-catalog' && {
        accepted: { catalogId, revision, chain },
        ended: this.accepted?.detail ?? 'this node followed the catalog already',
      }),
    };
  }
}

/** Why a step stands aside, in words. */
export function whyHeld(
  { step, waitsFor }: Ending['held'][number],
  parked: Pick<ParkedLedger, 'get'>,
  turns: Ending['turns'],
): string {
  const turn = turns.get(waitsFor);
  if (turn !== undefined) return waitsFor === step.name ? turn.detail : `it stands behind ${waitsFor}: ${turn.detail}`;
  const failure = parked.get(waitsFor)?.lastFailure;
  const words = failure === undefined ? 'it failed before' : `${failure.code}: ${failure.detail}`;
  return waitsFor === step.name ? words : `it stands behind ${waitsFor}, which is parked (${words})`;
}
