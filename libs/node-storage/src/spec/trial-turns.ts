import type { DeployTurns, HeldTurn, TurnAnswer, TurnFailure, TurnRequest } from '../turn.js';

/** Turns as a test wants them, with what was asked of them. */
export class TrialTurns implements DeployTurns {
  readonly asked: string[][] = [];
  readonly told: string[] = [];
  /** What is answered; a turn where it says nothing. */
  answer: (request: TurnRequest) => Exclude<TurnAnswer, { kind: 'granted' }> | undefined = () => undefined;
  /** Whether the turn still holds, before the hook of that number. */
  holds: (hook: number) => boolean = () => true;
  private hooks = 0;

  async take(request: TurnRequest): Promise<TurnAnswer> {
    this.asked.push(request.changes.map(({ extension }) => extension));
    const answer = this.answer(request);
    if (answer !== undefined) return answer;
    this.told.push('granted');
    return { kind: 'granted', turn: this.turn() };
  }

  private turn(): HeldTurn {
    return {
      confirm: async () => this.holds((this.hooks += 1)),
      failed: async ({ extension, code }: TurnFailure) => void this.told.push(`${extension} ${code}`),
      release: async () => void this.told.push('released'),
    };
  }
}
