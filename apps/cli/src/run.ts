import { CommanderError } from 'commander';
import type { GlobalOptions } from './config/settings.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { Failure, Interrupted, ToldFailure } from './failure.js';
import { Output } from './output/output.js';
import { buildProgram } from './program.js';
import { Session } from './session.js';
import { asFailure, failureDocument, tellFailure } from './tell-failure.js';
import { MUSTER_VERSION } from './version.js';
import type { World } from './world.js';

/** One call of `muster`: the command line without the program's name, and what it ends with. */
export async function run(args: readonly string[], world: World): Promise<ExitCode> {
  // Not an option of the program: "muster export NAME --version 1.0" means something else.
  if (args[0] === '--version' || args[0] === '-V') {
    world.stdout.write(`${MUSTER_VERSION}\n`);
    return EXIT.done;
  }
  let exitCode: ExitCode = EXIT.done;
  let session: Session | undefined;
  // Until the command line is read: what it seems to ask for.
  let out = new Output(world, { json: args.includes('--json'), quiet: args.includes('--quiet') });
  const program = buildProgram({
    write: (text) => world.stdout.write(text),
    start: (options: GlobalOptions) => {
      out = new Output(world, { json: options.json === true, quiet: options.quiet === true });
      session = new Session(world, options, out);
      return session;
    },
    end: (code) => (exitCode = code),
  });
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
    out.clear();
    return exitCode;
  } catch (error) {
    return conclude(error, out, session, world);
  }
}

function conclude(error: unknown, out: Output, session: Session | undefined, world: World): ExitCode {
  if (world.interrupt.aborted || error instanceof Interrupted) {
    out.error(`muster: interrupted. ${session?.meanwhile ?? 'Nothing was changed.'}`);
    return EXIT.interrupted;
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done;
    return tell(usageFailure(error), out);
  }
  if (world.environment['MUSTER_DEBUG'] === '1') out.error(String(error instanceof Error ? error.stack : error));
  return tell(asFailure(error), out);
}

function tell(failure: Failure, out: Output): ExitCode {
  tellFailure(out, failure);
  if (failure instanceof ToldFailure) for (const line of failure.more) out.error(line);
  if (!(failure instanceof ToldFailure)) out.document({ error: failureDocument(failure) });
  return failure.exitCode;
}

function usageFailure({ code, message }: CommanderError): Failure {
  const [detail = '', hint] = message.replace(/^error: /, '').split('\n');
  const kebab = code.replace(/^commander\./, '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new Failure('the command line', kebab, [detail, hint].filter(Boolean).join(' '), {
    exitCode: EXIT.usage,
    remedy: '"muster --help" lists the commands, "muster COMMAND --help" what each takes.',
  });
}
