import { convergenceSchema, type Convergence } from '@muster/contracts';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Deadline } from '../deadline.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { Failure } from '../failure.js';
import { conclude } from '../follow/conclude.js';
import { act, type Host } from '../host.js';
import { durationMs, nameList, wholeNumber } from '../options.js';
import { NodeLines } from '../follow/node-lines.js';
import type { Session } from '../session.js';
import { describe } from './describe.js';

interface Options {
  readonly revision?: number;
  readonly nodes?: readonly string[];
  readonly quorum?: string;
  readonly timeout: number;
}

/** One request waits at most so long; the status service allows ten minutes, what stands between may not. */
const ONE_WAIT_MS = 20_000;
/** Between two of them. */
const PAUSE_MS = 100;
/** Before it is asked again after an outage. */
const RETRY_MS = 1_000;
/** On top of what the service was asked to wait. */
const ANSWER_MS = 15_000;

export function addWait(program: Command, host: Host): void {
  describe(program, 'wait', 'wait until a revision is on every node; the exit code says how it ended', [
    'wait --revision 128',
    'wait --revision 128 --timeout 2s --quorum majority',
    'wait --nodes node-1,node-2      until these have the head',
  ])
    .addOption(
      new Option('--revision <number>', "whose changes; without it, all of the head's").argParser(wholeNumber(0)),
    )
    .addOption(new Option('--nodes <list>', 'only these').argParser(nameList))
    .addOption(new Option('--quorum <count>', 'so many of them are enough: a number, or majority').argParser(quorum))
    .addOption(new Option('--timeout <duration>', 'longest wait').argParser(durationMs).default(30_000, '30s'))
    .action(act(host, wait));
}

async function wait(session: Session, options: Options): Promise<ExitCode> {
  const { out } = session;
  session.meanwhile = 'The nodes go on by themselves; nothing was waiting but this command.';
  const deadline = session.deadline(options.timeout);
  const startedAt = performance.now();
  const lines = new NodeLines(out, 'has it', startedAt);
  // The first look does not wait: what stands already is told at once.
  for (let waitMs = 0; ; waitMs = Math.min(Math.floor(deadline.remainingMs), ONE_WAIT_MS)) {
    const answer = await ask(session, options, waitMs).catch((error: unknown) => laterOrThrow(error, deadline));
    if (answer === undefined) {
      out.progress('  the status-service does not answer; trying again');
      await deadline.pause(RETRY_MS);
      continue;
    }
    lines.show([answer]);
    const isOpen = answer.state === 'syncing' || answer.state === 'timed-out' || answer.state === 'absent';
    if (isOpen && !deadline.isOver) {
      await deadline.pause(PAUSE_MS);
      continue;
    }
    const state = answer.state === 'syncing' ? 'timed-out' : answer.state;
    out.value(answer.revision);
    const outcome = {
      state,
      revision: answer.revision,
      convergence: answer,
      seconds: (performance.now() - startedAt) / 1_000,
      ...(answer.reason !== undefined && { reason: answer.reason }),
    };
    return conclude(session, outcome, ({ convergence: _same, ...part }) => ({ ...answer, state, ...part }));
  }
}

/** An outage while it waits is waited out; at the end of the time it is what is told. */
function laterOrThrow(error: unknown, deadline: Deadline): undefined {
  if (error instanceof Failure && error.exitCode === EXIT.later && deadline.remainingMs > RETRY_MS) return undefined;
  throw error;
}

function ask(session: Session, { revision, nodes, quorum: enough }: Options, waitMs: number): Promise<Convergence> {
  return session.ask(convergenceSchema, {
    service: 'status-service',
    path: ['convergence'],
    query: {
      revision,
      nodes: nodes?.join(','),
      quorum: enough,
      wait: waitMs > 0 ? `${waitMs}ms` : undefined,
    },
    thing: revision === undefined ? 'the wait for the head' : `the wait for revision ${revision}`,
    deadline: session.deadline(waitMs + ANSWER_MS),
  });
}

function quorum(text: string): string {
  if (text === 'majority' || /^[1-9]\d{0,4}$/.test(text)) return text;
  throw new InvalidArgumentError('It takes a number, or majority.');
}
