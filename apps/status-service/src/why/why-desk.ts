import { MusterError, type EventLogStatus, type Why } from '@muster/contracts';
import type { Board } from '../board/board.js';
import type { LatestReports } from '../board/latest-reports.js';
import type { Sight } from '../board/sight.js';
import { extensionUnknown, nodeUnknown } from '../board/unknown-names.js';
import type { Goal } from '../model/facts.js';
import { expectedNodes, type NodeView } from '../model/node-view.js';
import { explain } from '../model/why/explain.js';
import type { DirectAnswer, WhyFacts } from '../model/why/why-facts.js';
import type { ExtensionNames } from '../stores/extension-names.store.js';
import { NodeAsker } from './node-asker.js';

export interface WhyAsked {
  readonly node?: string;
  readonly extension?: string;
  readonly revision?: number;
}

export interface WhyDeskOptions {
  readonly board: Board;
  readonly reports: LatestReports;
  readonly names: ExtensionNames;
  readonly eventLog: () => EventLogStatus;
  /** A node that has been silent for so long is asked directly, before it counts as offline. */
  readonly quietAfterMs: number;
}

/** Most nodes that are asked directly for one answer. */
const MAX_ASKED = 50;

/** Answers *why*: gathers what is known, asks silent nodes themselves, and has it explained. */
export class WhyDesk {
  private readonly asker = new NodeAsker();
  private logAwaySince: number | undefined;

  constructor(private readonly options: WhyDeskOptions) {
    const note = (): void => this.noteEventLog();
    options.board.observe({ assessed: note, failed: note });
  }

  /** @throws MusterError `node-unknown`, `extension-unknown`, `revision-unknown`; `database-away` before anything was known */
  async why({ node, extension, revision }: WhyAsked): Promise<Why> {
    const { board } = this.options;
    board.retain(revision);
    try {
      const sight = await board.see();
      const goal = goalOf(sight, revision);
      if (node !== undefined) checkNode(node, sight);
      if (extension !== undefined) await this.checkExtension(extension, sight, goal.targets.has(extension));
      const facts = await this.facts(sight, node);
      return explain(facts, {
        ...(node !== undefined && { node }),
        ...(extension !== undefined && { extension }),
        goal,
      });
    } finally {
      board.release(revision);
    }
  }

  private async facts(sight: Sight, node: string | undefined): Promise<WhyFacts> {
    const { assessment, nowMs, away } = sight;
    const { facts, views, columns, head } = assessment;
    const meant = node === undefined ? expectedNodes(views) : views.filter((view) => view.node === node);
    return {
      nowMs,
      head,
      columns,
      views,
      refusals: facts.refusals,
      rivals: this.options.reports.rivals.at(nowMs),
      answers: away === undefined ? await this.ask(meant, nowMs) : new Map(),
      eventLog: this.eventLog(nowMs),
      ...(away !== undefined && { databaseAway: away }),
    };
  }

  private async ask(views: readonly NodeView[], nowMs: number): Promise<Map<string, DirectAnswer>> {
    const quiet = views.filter((view) => this.isQuiet(view, nowMs)).slice(0, MAX_ASKED);
    const answers = quiet.map(async ({ node, address }): Promise<[string, DirectAnswer][]> => {
      const answer = address === undefined ? undefined : await this.asker.ask(node, address);
      return answer === undefined ? [] : [[node, answer]];
    });
    return new Map((await Promise.all(answers)).flat());
  }

  private isQuiet({ state, heard }: NodeView, nowMs: number): boolean {
    if (state === 'live') return heard !== undefined && nowMs - heard.receivedAtMs > this.options.quietAfterMs;
    return state === 'offline';
  }

  private async checkExtension(extension: string, { assessment, away }: Sight, isAskedFor: boolean): Promise<void> {
    const { columns, views } = assessment;
    if (isAskedFor || columns.has(extension)) return;
    if (views.some(({ heard }) => heard?.report.extensions.some(({ name }) => name === extension))) return;
    const ever = away === undefined ? await this.options.names.all() : [];
    if (!ever.includes(extension)) throw extensionUnknown(extension, [...new Set([...columns.keys(), ...ever])]);
  }

  private noteEventLog(): void {
    if (this.options.eventLog().ok) this.logAwaySince = undefined;
    else this.logAwaySince ??= performance.now();
  }

  private eventLog(nowMs: number): NonNullable<WhyFacts['eventLog']> {
    this.noteEventLog();
    const status = this.options.eventLog();
    return this.logAwaySince === undefined
      ? status
      : { ...status, awaySinceMs: nowMs - (performance.now() - this.logAwaySince) };
  }
}

/** A revision that was not looked at before the database went away is not known to be unknown. */
function goalOf({ assessment, away }: Sight, revision: number | undefined): Goal {
  try {
    return assessment.goal(revision);
  } catch (error) {
    throw away === undefined ? error : new MusterError('database-away', away.detail, { cause: error });
  }
}

/** A node that was refused is known, too. */
function checkNode(node: string, { assessment }: Sight): void {
  const { views, facts } = assessment;
  const refused = facts.refusals.flatMap((refusal) => [
    refusal.node,
    ...(refusal.holder === undefined ? [] : [refusal.holder]),
  ]);
  const known = [...views.map((view) => view.node), ...refused];
  if (!known.includes(node)) throw nodeUnknown(node, [...new Set(known)]);
}
