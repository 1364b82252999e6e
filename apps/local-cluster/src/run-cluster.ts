import { MusterError } from '@muster/contracts';
import { LocalCluster, type ClusterSurroundings } from './local-cluster.js';
import { parseOptions, type ClusterOptions } from './options.js';
import { screen } from './screen.js';

/** One keystroke may arrive twice: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 500;

type Surroundings = Omit<ClusterSurroundings, 'say'>;

/** The whole of `npm start`, for these arguments. Exit code 1 for what stands in the way, in one line; 2 for bad options. */
export async function runCluster(args: readonly string[], surroundings: Surroundings): Promise<void> {
  const parsed = parseOptions(args, process.cwd(), surroundings.environment.KAFKA_BROKERS);
  if (parsed.outcome === 'refused') {
    process.stderr.write(`${parsed.detail}\n`);
    process.exitCode = 2;
  } else if (parsed.outcome === 'options') {
    await run(parsed.options, surroundings);
  }
}

async function run(options: ClusterOptions, surroundings: Surroundings): Promise<void> {
  const startedAt = Date.now();
  // With --json, standard output holds nothing but the JSON line.
  const say = (line: string): void => void process[options.json ? 'stderr' : 'stdout'].write(`${line}\n`);
  const cluster = new LocalCluster(options, { ...surroundings, say });
  const stopping = stopOnSignals(cluster, say);
  try {
    await cluster.start();
  } catch (error) {
    if (stopping.signal.aborted) return;
    process.stderr.write(`${oneLine(error)}\n`);
    await cluster.stop();
    process.exit(1);
  }
  if (stopping.signal.aborted) return;
  const seconds = (Date.now() - startedAt) / 1000;
  if (options.json) process.stdout.write(`${JSON.stringify(cluster.describe())}\n`);
  else say(screen(cluster.describe(), cluster.serverDescription, seconds, process.cwd()));
}

function stopOnSignals(cluster: LocalCluster, say: (line: string) => void): AbortController {
  const stopping = new AbortController();
  let firstAt = 0;
  const end = async (): Promise<void> => {
    if (stopping.signal.aborted) {
      if (Date.now() - firstAt < SAME_SIGNAL_MS) return;
      cluster.kill();
      process.exit(1);
    }
    firstAt = Date.now();
    stopping.abort();
    say('Ending all services …');
    await cluster.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end());
  // Whoever read our output may be gone: the cluster goes on, or ends in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return stopping;
}

function oneLine(error: unknown): string {
  if (!(error instanceof MusterError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return error.remedy === undefined ? error.message : `${error.message}; ${error.remedy}`;
}
