import { boardMessageSchema, type BoardMessage } from '@muster/contracts';
import { Deadline } from '../deadline.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { Failure } from '../failure.js';
import { eventsOf } from '../http/event-stream.js';
import { parseAnswer } from '../http/reading.js';
import { plain } from '../output/plain.js';
import type { Session } from '../session.js';
import { BoardView } from './board-view.js';

/** Longest watch; a terminal that is forgotten does not ask for ever. */
const LONGEST_MS = 7 * 86_400_000;
const RECONNECT_MS: readonly number[] = [500, 1_000, 2_000, 5_000];

/** Shows the board and every change of it until Ctrl-C. A lost connection is said, and taken up again where it ended. */
export async function watchBoard(session: Session): Promise<ExitCode> {
  session.meanwhile = 'It was only being watched.';
  const view = new BoardView(session);
  const deadline = new Deadline(LONGEST_MS, session.world.interrupt);
  let lastId: string | undefined;
  let losses = 0;
  try {
    while (!deadline.isOver) {
      try {
        for await (const { id, message } of messages(session, deadline, lastId)) {
          lastId = id ?? lastId;
          losses = 0;
          view.take(message);
        }
        view.lose('the connection ended');
      } catch (error) {
        session.world.interrupt.throwIfAborted();
        if (!mayReturn(error, lastId)) throw error;
        view.lose(error instanceof Error ? error.message : String(error));
      }
      await deadline.pause(RECONNECT_MS[Math.min(losses, RECONNECT_MS.length - 1)] ?? 5_000);
      losses += 1;
    }
  } finally {
    view.close();
  }
  return EXIT.done;
}

/** Once it has been seen, the service may go and come; before that, a wrong address is told at once. */
function mayReturn(error: unknown, lastId: string | undefined): boolean {
  if (!(error instanceof Failure)) return lastId !== undefined;
  if (error.code === 'answer-unreadable') return false;
  return lastId !== undefined && (error.exitCode === EXIT.fault || error.exitCode === EXIT.later);
}

async function* messages(
  session: Session,
  deadline: Deadline,
  lastId: string | undefined,
): AsyncGenerator<{ readonly id: string | undefined; readonly message: BoardMessage }> {
  const answer = await session.muster.open({
    service: 'status-service',
    path: ['events'],
    headers: { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) },
    thing: 'the watch',
    deadline,
  });
  for await (const { id, data } of eventsOf(answer)) {
    const text = session.out.json ? data : cleaned(data);
    yield { id, message: parseAnswer(boardMessageSchema, text, `GET ${answer.url.href}`) };
  }
}

/** For a terminal: JSON writes control characters as escapes, which would come alive when they are read. */
function cleaned(data: string): string {
  return JSON.stringify(JSON.parse(data, (_key, value: unknown) => (typeof value === 'string' ? plain(value) : value)));
}
