import { spawn } from 'node:child_process';
import path from 'node:path';
import { kafkaCommand, startLocalKafka, type LocalKafka } from '@muster/local-kafka';

const TOOL_DEADLINE_MS = 120_000;
const RECORD_BYTES = 500;

/** What the broker's own tool says of one record's way to a consumer, in ms; its quantiles are whole milliseconds. */
export interface EndToEnd {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A broker of our own with the tool that comes with it. */
export class BenchBroker {
  private constructor(private readonly kafka: LocalKafka) {}

  static async start(directory: string): Promise<BenchBroker> {
    return new BenchBroker(await startLocalKafka({ dataDir: path.join(directory, 'broker') }));
  }

  get address(): string {
    return this.kafka.brokers;
  }

  /** Sends records of about an event's size one at a time, each after the one before has arrived. */
  async endToEndLatency(records: number): Promise<EndToEnd> {
    const where = ['--bootstrap-server', this.address, '--topic', 'end-to-end'];
    const what = ['--num-records', String(records), '--producer-acks', 'all', '--record-size', String(RECORD_BYTES)];
    const { file, args } = await kafkaCommand('org.apache.kafka.tools.EndToEndLatency', [...where, ...what]);
    const said = await outputOf(file, args);
    return {
      meanMs: figure(said, /Avg latency: ([\d.,]+)/),
      p50Ms: figure(said, /50th = ([\d.,]+)/),
      p99Ms: figure(said, /99th = ([\d.,]+)/),
    };
  }

  end(): Promise<void> {
    return this.kafka.stop();
  }
}

function figure(said: string, pattern: RegExp): number {
  const found = pattern.exec(said)?.[1];
  if (found === undefined) throw new Error(`EndToEndLatency did not say ${pattern.source}: ${said}`);
  return Number(found.replace(',', '.'));
}

function outputOf(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TOOL_DEADLINE_MS });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(said) : reject(new Error(`${file} exited ${code}: ${said}`))));
  });
}
