import type { Command } from 'commander';
import type { GlobalOptions } from './config/settings.js';
import { EXIT, type ExitCode } from './exit-code.js';
import type { Session } from './session.js';

/** What the commands need of the call that they are part of. */
export interface Host {
  readonly start: (options: GlobalOptions) => Session;
  readonly end: (code: ExitCode) => void;
  readonly write: (text: string) => void;
}

export type Work<Options, Arguments extends readonly unknown[]> = (
  session: Session,
  options: Options,
  ...args: Arguments
) => Promise<ExitCode | void>;

/** Makes the action of a command: its arguments and options as they were declared, in a session. */
export function act<Options, Arguments extends readonly unknown[]>(
  host: Host,
  work: Work<Options, Arguments>,
): (...all: unknown[]) => Promise<void> {
  return async (...all) => {
    const command = all.at(-1) as Command;
    const session = host.start(command.optsWithGlobals<GlobalOptions>());
    const args = all.slice(0, -2) as unknown as Arguments;
    host.end((await work(session, command.opts<Options & object>(), ...args)) ?? EXIT.done);
  };
}
