import { compareVersions, parseVersion } from '@muster/contracts';
import { startSpan } from '@muster/service-kit';
import type { Span } from '@muster/service-kit';
import { isDeployed, standingMark } from '@muster/node-storage';
import type { ApplyProgress, ApplyResult, LocalState, Step, WantedExtension, WantedState } from '@muster/node-storage';
import type { HeardEvent, HeardEvents } from './heard-events.js';
import type { DoneAction } from './action-journal.js';
import { StageWatch, stagesOf } from './stage-watch.js';
import type { Moments } from './stage-watch.js';

/** What was known when a look began to change something. */
export interface HistorySight {
  readonly node: string;
  /** What the look is about to do. */
  readonly steps: readonly Step[];
  readonly wanted: WantedState;
  readonly local: LocalState;
  /** What the look before this one has found, in this process. */
  readonly before: LocalState | undefined;
  /** What the disk holds in place of what was put there, in words. */
  readonly drift: ReadonlyMap<string, string>;
  /** What made the node look. */
  readonly detector: string;
}

/** On whose behalf a change is done: what its log lines name. */
export interface Behalf {
  readonly revision?: number;
  /** W3C trace context of the import. */
  readonly traceparent?: string;
}

/** How the steps of a look ended, as far as it is known. */
export type StepsEnd =
  { readonly result: Pick<ApplyResult, 'applied' | 'parked'> } | { readonly error: { code: string; message: string } };

/** What one look did to the storage, step by step. */
export class LookHistory {
  private readonly watch = new StageWatch();
  private readonly spans = new Map<string, Span>();
  private readonly steps: ReadonlyMap<string, Step>;

  constructor(
    private readonly sight: HistorySight,
    private readonly heard: HeardEvents,
  ) {
    this.steps = new Map(sight.steps.map((step) => [step.name, step]));
  }

  observe(progress: ApplyProgress): void {
    this.watch.observe(progress);
    const { extension, state } = progress;
    const step = this.steps.get(extension);
    if (step === undefined || state === 'queued' || this.spans.has(extension)) return;
    const { revision = this.sight.wanted.revision, traceparent } = this.originOf(step);
    // A correction belongs to the trace of no import, and nobody asked for one of its own.
    if (traceparent === undefined) return;
    const attributes = {
      'muster.node': this.sight.node,
      'muster.extension': extension,
      'muster.step': step.kind,
      'muster.revision': revision,
    };
    this.spans.set(extension, startSpan('muster.change', { traceparent, kind: 'consumer', attributes }));
  }

  /** On whose behalf a step is done; a correction is done for no import. */
  behalf(name: string): Behalf {
    const step = this.steps.get(name);
    if (step === undefined) return {};
    const traceparent = this.spans.get(name)?.traceparent;
    return { ...this.originOf(step), ...(traceparent !== undefined && { traceparent }) };
  }

  private originOf(step: Step): Behalf {
    const event = this.eventOf(step);
    const revision = step.kind === 'remove' ? event?.revision : step.wanted.revision;
    const traceparent =
      this.found(step) === undefined ? (event?.traceparent ?? wantedOf(step)?.traceparent) : undefined;
    return { ...(revision !== undefined && { revision }), ...(traceparent !== undefined && { traceparent }) };
  }

  /** Of the steps that came to an end, or were left in the middle; what was only prepared is none. */
  actions(end: StepsEnd, now = performance.now()): DoneAction[] {
    return this.sight.steps.flatMap((step) => {
      const how = this.outcome(step, end);
      const action = how && this.actionOf(step, how, now);
      this.endSpan(step.name, action);
      return action === undefined ? [] : [action];
    });
  }

  private endSpan(name: string, action: DoneAction | undefined): void {
    const stages = action === undefined ? [] : stagesOf(action.moments);
    const attributes = {
      'muster.outcome': action?.outcome ?? 'put off',
      ...Object.fromEntries(stages.map(([stage, durationMs]) => [`muster.stage.${stage}_ms`, durationMs])),
    };
    const failed = action !== undefined && action.outcome !== 'done';
    this.spans.get(name)?.end(failed ? new Error(`${action.code}: ${action.detail}`) : undefined, { attributes });
  }

  private outcome({ name }: Step, end: StepsEnd): Outcome | undefined {
    if ('error' in end) {
      const how = this.watch.outcome(name);
      if (how === 'done') return { outcome: 'done' };
      return how === 'begun' ? { outcome: 'interrupted', code: end.error.code, detail: end.error.message } : undefined;
    }
    if (end.result.applied.some((done) => done.name === name)) return { outcome: 'done' };
    const parked = end.result.parked.find((failed) => failed.name === name);
    return parked && { outcome: 'parked', code: parked.code, detail: `${parked.step}: ${parked.detail}` };
  }

  private actionOf(step: Step, how: Outcome, now: number): DoneAction {
    const { wanted, detector } = this.sight;
    const found = this.found(step);
    const previousVersion = step.local && standingMark(step.local)?.version;
    const { revision } = this.originOf(step);
    const target = wantedOf(step);
    return {
      extension: step.name,
      kind: found === undefined ? 'wanted-change' : 'drift-correction',
      action: actionName(step, previousVersion),
      detector,
      head: wanted.revision,
      ...(revision !== undefined && { revision }),
      ...(target !== undefined && { version: target.version }),
      ...(previousVersion !== undefined && { previousVersion }),
      ...(found !== undefined && { detail: found }),
      ...how,
      moments: this.momentsOf(step, how, found === undefined, now),
    };
  }

  private momentsOf(step: Step, { outcome }: Outcome, isWanted: boolean, now: number): Moments {
    const moments = this.watch.moments(step.name, now);
    const heardAt = isWanted ? this.eventOf(step)?.atMs : undefined;
    const received = heardAt !== undefined && heardAt <= moments.started ? { received: heardAt } : {};
    return { ...moments, ...received, ...(outcome === 'done' ? { proven: now, ended: now } : {}) };
  }

  private eventOf(step: Step): HeardEvent | undefined {
    if (step.kind === 'remove') return this.heard.removal(step.name, this.sight.wanted.revision);
    return this.heard.find(step.name, step.wanted.revision);
  }

  /** What was found where the disk no longer holds what had been put there; undefined where the catalog asks for a change. */
  private found(step: Step): string | undefined {
    const { drift, before } = this.sight;
    const words = drift.get(step.name);
    if (words !== undefined) return words;
    if (before === undefined || step.kind === 'redeploy') return undefined;
    const stood = before.extensions.get(step.name);
    if (step.kind === 'remove') return stood === undefined ? `it has come back: ${step.why}` : undefined;
    return stood !== undefined && isInSync(step.wanted, stood) ? step.why : undefined;
  }
}

interface Outcome {
  readonly outcome: 'done' | 'parked' | 'interrupted';
  readonly code?: string;
  readonly detail?: string;
}

function wantedOf(step: Step): WantedExtension | undefined {
  return step.kind === 'remove' ? undefined : step.wanted;
}

function isInSync(wanted: WantedExtension, { mark, tree }: NonNullable<Step['local']>): boolean {
  const stands = tree !== undefined && 'digest' in tree && tree.digest === wanted.treeDigest;
  return stands && mark?.sha256 === wanted.sha256 && isDeployed(mark);
}

function actionName(step: Step, previousVersion: string | undefined): string {
  if (step.kind === 'remove' || step.kind === 'adopt') return step.kind;
  if (step.kind === 'redeploy') return 'deploy';
  const before = previousVersion === undefined ? undefined : parseVersion(previousVersion);
  const after = parseVersion(step.wanted.version);
  if (before === undefined || after === undefined) return 'install';
  const order = compareVersions(after, before);
  return order === 0 ? 'reinstall' : order > 0 ? 'upgrade' : 'downgrade';
}
