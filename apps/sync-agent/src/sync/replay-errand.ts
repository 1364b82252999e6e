import type { NodePlan, ReplayResult } from '@muster/contracts';
import type { ReplayNote } from '@muster/node-storage';
import type { Ending, Errand, Taken } from './errand.js';
import type { Names } from './look-requests.js';
import type { RangeOrder } from './orders.js';
import type { ParkedLedger } from './parked-ledger.js';
import { whyHeld } from './plain-errand.js';

/** A replay while it is carried out: what it found to be done, and what it did. */
export class ReplayErrand implements Errand {
  private begun: ReplayNote | undefined;
  private readonly installed = new Set<string>();
  private readonly removed = new Set<string>();
  private readonly deployed = new Set<string>();
  private readonly tried = new Set<string>();
  private bytes = 0;

  constructor(
    readonly order: RangeOrder,
    private readonly parked: Pick<ParkedLedger, 'get'>,
  ) {}

  get id(): string {
    return this.order.id;
  }

  get hasBegun(): boolean {
    return this.begun !== undefined;
  }

  verify(): Names {
    return this.hasBegun ? new Set() : this.order.names;
  }

  retry(parked: readonly string[]): ReadonlySet<string> {
    return new Set(parked.filter((name) => this.order.names.has(name) && !this.tried.has(name)));
  }

  begin(note: ReplayNote): void {
    this.begun = note;
  }

  /** It had begun before this process: what is no longer to be done was done then. */
  resume(note: ReplayNote, now: NodePlan): void {
    this.begun = note;
    for (const [name, bytes] of Object.entries(note.install)) {
      if (now.install.includes(name)) continue;
      this.installed.add(name);
      this.bytes += bytes;
    }
    for (const name of note.remove) if (!now.remove.includes(name)) this.removed.add(name);
    for (const name of note.deploy) if (!now.deploy.includes(name)) this.deployed.add(name);
  }

  took({ applied, parked, held, fetchedBytes }: Taken): void {
    this.bytes += fetchedBytes;
    for (const { name } of [...applied, ...parked]) this.tried.add(name);
    for (const { step } of held) this.tried.add(step.name);
    for (const { name, kind } of applied) {
      if (kind === 'remove') this.removed.add(name);
      else if (kind === 'install' || kind === 'replace') this.installed.add(name);
      // The hook of what was installed before a crash belongs to its installation.
      else if (!this.installed.has(name)) this.deployed.add(name);
    }
  }

  result({ wanted, held, turns }: Ending): ReplayResult {
    const { names } = this.order;
    const aside = held.filter(({ step }) => names.has(step.name) || this.tried.has(step.name));
    const asideNames = new Set(aside.map(({ step }) => step.name));
    const done = (set: ReadonlySet<string>): string[] => [...set].filter((name) => !asideNames.has(name)).sort();
    const acted = new Set([...asideNames, ...this.installed, ...this.removed, ...this.deployed]);
    return {
      state: aside.length > 0 ? 'parked' : 'done',
      installed: done(this.installed),
      removed: done(this.removed),
      deployed: done(this.deployed),
      skipped: [...names].filter((name) => !acted.has(name)).length,
      bytes: this.bytes,
      revision: wanted.revision,
      ...(aside.length > 0 && {
        reason: aside.map((one) => `${one.step.name}: ${whyHeld(one, this.parked, turns)}`).join('; '),
      }),
    };
  }
}
