import { isDeployed } from '@muster/node-storage';
import type { LocalState, WantedState } from '@muster/node-storage';
import type { DoneAction } from './action-journal.js';
import type { HeardEvents } from './heard-events.js';

export interface TakenIn {
  readonly wanted: WantedState;
  readonly local: LocalState;
  /** The revision that this node had taken in before. */
  readonly before: number;
  /** When looking began, on the monotonic clock. */
  readonly lookedAt: number;
  readonly detector: string;
}

/**
 * What a revision changed and this node had already: on the origin the import put it there before the commit. Without it the
 * origin would have no part in the history of its own imports.
 */
export class StoodAlready {
  private readonly done = new Set<string>();

  constructor(private readonly heard: HeardEvents) {}

  /** These were changed by this process, and are no news when their revision is taken in. */
  changed(actions: readonly DoneAction[]): void {
    for (const { extension, outcome } of actions) if (outcome === 'done') this.done.add(extension);
  }

  /** A revision was taken in, with all that lay before it. */
  actions({ wanted, local, before, lookedAt, detector }: TakenIn, now = performance.now()): DoneAction[] {
    const isNew = (name: string): boolean => !this.done.has(name);
    const brought = wanted.extensions.filter(({ name, revision, sha256 }) => {
      const mark = local.extensions.get(name)?.mark;
      return revision > before && isNew(name) && mark?.sha256 === sha256 && isDeployed(mark);
    });
    const removed = this.heard
      .removedBetween(before, wanted.revision)
      .filter((name) => isNew(name) && !local.extensions.has(name));
    this.done.clear();
    const common = { kind: 'wanted-change', outcome: 'done', detail: 'it was so already', detector } as const;
    const head = wanted.revision;
    const moments = (heardAt: number | undefined): DoneAction['moments'] => ({
      ...(heardAt !== undefined && heardAt <= lookedAt && { received: heardAt }),
      started: lookedAt,
      proven: now,
      ended: now,
    });
    return [
      ...brought.map(({ name: extension, revision, version }): DoneAction => {
        const event = this.heard.find(extension, revision);
        const action = event?.action ?? 'adopt';
        return { ...common, extension, action, revision, version, head, moments: moments(event?.atMs) };
      }),
      ...removed.map((extension): DoneAction => {
        const event = this.heard.removal(extension, head);
        return { ...common, extension, action: 'remove', head, moments: moments(event?.atMs) };
      }),
    ];
  }
}
