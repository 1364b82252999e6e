import type { z } from 'zod';
import { readSettings, type GlobalOptions } from './config/settings.js';
import { Deadline } from './deadline.js';
import { Muster } from './http/muster.js';
import type { Question } from './http/question.js';
import { Output } from './output/output.js';
import type { World } from './world.js';

/** How long a question may take that waits for nothing. */
const ANSWER_MS = 30_000;

export type Ask = Omit<Question, 'deadline'> & { readonly deadline?: Deadline };

/** One command while it runs: where it asks, where it writes, and what goes on without it. */
export class Session {
  readonly muster: Muster;
  /** What Ctrl-C leaves behind, in one sentence. */
  meanwhile = 'Nothing was changed.';

  constructor(
    readonly world: World,
    options: GlobalOptions,
    readonly out: Output,
  ) {
    this.muster = new Muster({
      settings: readSettings(options, world),
      note: (text) => out.note(text),
      forPeople: !out.json,
    });
  }

  deadline(milliseconds = ANSWER_MS): Deadline {
    return new Deadline(milliseconds, this.world.interrupt);
  }

  ask<T>(schema: z.ZodType<T>, question: Ask): Promise<T> {
    return this.muster.ask(schema, { deadline: this.deadline(), ...question });
  }

  /** The time by the clock of the services. */
  get nowMs(): number {
    return this.muster.nowMs;
  }
}
