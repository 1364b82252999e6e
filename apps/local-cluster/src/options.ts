import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import path from 'node:path';

export const MAX_NODES = 100;
export const MAX_ORIGINS = 8;

/** What carries the events. */
export type LogKind = 'postgres' | 'kafka';

export interface ClusterOptions {
  readonly nodes: number;
  readonly origins: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly portBase: number;
  readonly log: LogKind;
  /** By node id; a node that is not in it has the hook of all nodes, if there is one. */
  readonly hooks: ReadonlyMap<string, string>;
  readonly hookOfAll?: string;
  /** Prints one JSON line instead of the screen. */
  readonly json: boolean;
}

export type ParsedOptions =
  | { readonly outcome: 'options'; readonly options: ClusterOptions }
  | { readonly outcome: 'help' }
  | { readonly outcome: 'refused'; readonly detail: string };

interface RawOptions {
  readonly nodes: number;
  readonly origins: number;
  readonly dataDir: string;
  readonly portBase: number;
  readonly log: LogKind;
  readonly deployHook: readonly string[];
  readonly json?: boolean;
}

/** Reads the command line; help is printed, a refusal is not. Where brokers are at hand, Kafka is the log unless told else. */
export function parseOptions(args: readonly string[], currentDirectory: string, givenBrokers?: string): ParsedOptions {
  const command = describe(givenBrokers ? 'kafka' : 'postgres');
  try {
    command.parse([...args], { from: 'user' });
    return check(command.opts<RawOptions>(), currentDirectory);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { outcome: 'help' };
    return { outcome: 'refused', detail: error.message.replace(/^error: /, '') };
  }
}

function describe(defaultLog: LogKind): Command {
  return new Command('npm start --')
    .description('Runs a whole Muster cluster on this machine, each service as a process of its own. Ctrl-C ends it.')
    .option('--nodes <count>', `nodes, 1 to ${MAX_NODES}`, wholeNumber(1, MAX_NODES), 3)
    .option('--origins <count>', `nodes that take imports, 1 to ${MAX_ORIGINS}`, wholeNumber(1, MAX_ORIGINS), 1)
    .option('--data-dir <directory>', 'where everything is kept', '.muster')
    .option(
      '--port-base <port>',
      'import-service here, status-service at +1, agents from +10',
      wholeNumber(1, 65_535),
      8080,
    )
    .addOption(
      new Option('--log <kind>', 'what carries the events; kafka uses the brokers of KAFKA_BROKERS, or runs one')
        .choices(['postgres', 'kafka'])
        .default(defaultLog),
    )
    .option('--deploy-hook <[NODE=]command>', 'runs after each switch; may be given for each node', collect, [])
    .option('--json', 'print addresses, pids and the database URL as one JSON line when ready')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
}

function check(raw: RawOptions, currentDirectory: string): ParsedOptions {
  const { nodes, origins, portBase, log } = raw;
  if (origins > nodes) return refused(`--origins ${origins}: there are only ${nodes} nodes`);
  const lastPort = portBase + 9 + nodes;
  if (lastPort > 65_535)
    return refused(`--port-base ${portBase}: the last agent would be on port ${lastPort}, above 65535`);
  const hooks = new Map<string, string>();
  let hookOfAll: string | undefined;
  for (const hook of raw.deployHook) {
    const [, node, command] = /^(node-[^=\s]*)=(.*)$/s.exec(hook) ?? [];
    if (node === undefined || command === undefined) hookOfAll = hook;
    else if (nodeIds(nodes).includes(node)) hooks.set(node, command);
    else return refused(`--deploy-hook ${hook}: there is no ${node}, only node-1 to node-${nodes}`);
  }
  const options = { nodes, origins, portBase, log, hooks, json: raw.json === true };
  const dataDir = path.resolve(currentDirectory, raw.dataDir);
  return { outcome: 'options', options: { ...options, dataDir, ...(hookOfAll === undefined ? {} : { hookOfAll }) } };
}

export function nodeIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `node-${index + 1}`);
}

function refused(detail: string): ParsedOptions {
  return { outcome: 'refused', detail };
}

function collect(value: string, previous: readonly string[]): string[] {
  if (value.trim() === '') throw new InvalidArgumentError('it is empty.');
  return [...previous, value];
}

function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It takes a whole number from ${minimum} to ${maximum}.`);
  };
}
