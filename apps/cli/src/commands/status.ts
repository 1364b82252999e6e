import { boardSchema } from '@muster/contracts';
import { Option, type Command } from 'commander';
import type { ExitCode } from '../exit-code.js';
import { act, type Host } from '../host.js';
import { boardLines } from '../output/board-lines.js';
import type { Session } from '../session.js';
import { watchBoard } from '../watch/watch-board.js';
import { describe } from './describe.js';

export function addStatus(program: Command, host: Host): void {
  describe(program, 'status', 'is everything all right? if not, what and where', ['status', 'status --watch'])
    .addOption(new Option('--watch', 'keep showing it; with --json one line for each message'))
    .action(act(host, status));
}

async function status(session: Session, { watch = false }: { readonly watch?: boolean }): Promise<ExitCode | void> {
  if (watch) return watchBoard(session);
  const board = await session.ask(boardSchema, {
    service: 'status-service',
    path: ['board'],
    thing: 'the state of the cluster',
  });
  const { out } = session;
  out.lines(boardLines(board, { paint: out.paint, columns: out.columns, nowMs: Date.parse(board.cluster.at) }));
  out.value(board.cluster.state);
  out.document(board);
}
