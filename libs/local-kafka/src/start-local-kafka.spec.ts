import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts, isFree } from './free-port.js';
import { majorVersion, findJava } from './java.js';
import { kafkaCommand } from './kafka-command.js';
import { LocalKafkaError } from './local-kafka-error.js';
import { writeProperties } from './server-properties.js';
import { startLocalKafka } from './start-local-kafka.js';

const run = promisify(execFile);

/** Why no broker can be started here; with REQUIRE_KAFKA=1 there must be one. */
const obstacle = await kafkaCommand('kafka.Kafka', []).then(
  () => undefined,
  (error: unknown) => {
    if (!(error instanceof LocalKafkaError) || process.env['REQUIRE_KAFKA'] === '1') throw error;
    return error.message;
  },
);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-local-kafka-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('Java', () => {
  test.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_292"', 8],
    ['openjdk version "21" 2023-09-19', 21],
    ['something else', undefined],
  ])('%s is %s', (said, version) => expect(majorVersion(said)).toBe(version));

  test('that is missing or too old is named, with the remedy', async () => {
    const java = path.join(directory, 'bin', 'java');
    await expect(findJava({ JAVA_HOME: directory })).rejects.toMatchObject({ code: 'java-missing' });
    await run('mkdir', [path.dirname(java)]);
    await writeFile(java, '#!/bin/sh\necho \'openjdk version "11.0.2" 2019-01-15\' >&2\n', { mode: 0o755 });
    await expect(findJava({ ...process.env, JAVA_HOME: directory })).rejects.toMatchObject({
      code: 'java-too-old',
      actual: 11,
      limit: 17,
    });
  });
});

test('properties keep backslashes, line ends and names with colons', () => {
  expect(writeProperties({ 'a:b': ' x\\y\nz' })).toBe('a\\:b=\\ x\\\\y\\nz\n');
});

describe.skipIf(obstacle !== undefined)(`a broker${obstacle === undefined ? '' : ` (${obstacle})`}`, () => {
  const topics = async (brokers: string, ...args: string[]): Promise<string> => {
    const all = ['--bootstrap-server', brokers, ...args];
    const { file, args: given } = await kafkaCommand('org.apache.kafka.tools.TopicCommand', all, { quickStart: true });
    return (await run(file, [...given])).stdout;
  };

  test('keeps what it has over kill -9 and a stop, and is refused where another is', { timeout: 240_000 }, async () => {
    const dataDir = path.join(directory, 'kept');
    const first = await startLocalKafka({ dataDir, quickStart: true });
    await topics(first.brokers, '--create', '--topic', 'kept', '--partitions', '3');
    await expect(
      startLocalKafka({ dataDir, quickStart: true, earlierBrokerDeadlineMs: 0 }),
      'two on one directory',
    ).rejects.toMatchObject({ code: 'data-directory-in-use' });
    await first.kill();
    const second = await startLocalKafka({ dataDir, quickStart: true, port: first.port });
    expect(second.brokers).toBe(first.brokers);
    expect(await topics(second.brokers, '--list')).toContain('kept');
    await Promise.all([second.stop(), second.stop()]);
    expect(await second.exited).toMatchObject({ signal: null });
    expect(await isFree(second.port)).toBe(true);
    expect(await readFile(path.join(dataDir, 'kafka.log'), 'utf8')).toContain('Kafka Server started');
  });

  test('ends with whoever started it, by kill -9 too', { timeout: 120_000 }, async () => {
    const dataDir = path.join(directory, 'guarded');
    const library = JSON.stringify(path.resolve(import.meta.dirname, '../dist/index.js'));
    const script = `const { startLocalKafka } = await import(${library});
      const { pid } = await startLocalKafka({ dataDir: ${JSON.stringify(dataDir)}, quickStart: true });
      console.log(pid); process.kill(process.pid, 'SIGKILL');`;
    const said = await run(process.execPath, ['--input-type=module', '-e', script]).catch(
      (error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }),
    );
    const pid = Number(said.stdout);
    expect(pid).toBeGreaterThan(1);
    const deadline = Date.now() + 60_000;
    while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAlive(pid)).toBe(false);
    const next = await startLocalKafka({ dataDir, quickStart: true });
    await next.kill();
  });
});

describe.skipIf(obstacle !== undefined)('what stands in the way is said in one line', () => {
  test('a port that is taken', async () => {
    const server = createServer();
    const [port = 0] = await freePorts(1);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const dataDir = path.join(directory, 'port');
    await expect(startLocalKafka({ dataDir, port, earlierBrokerDeadlineMs: 0 })).rejects.toMatchObject({
      code: 'port-in-use',
      actual: port,
    });
    expect(existsSync(path.join(dataDir, 'data'))).toBe(false);
    await new Promise((resolve) => server.close(resolve));
  });

  test('a directory with other things in it, or below a file', async () => {
    const dataDir = path.join(directory, 'foreign');
    await run('mkdir', [dataDir]);
    await writeFile(path.join(dataDir, 'thesis.doc'), '');
    await expect(startLocalKafka({ dataDir })).rejects.toThrow(/thesis\.doc/);
    await expect(startLocalKafka({ dataDir: path.join(dataDir, 'thesis.doc', 'below') })).rejects.toMatchObject({
      code: 'data-directory-unusable',
    });
  });

  test('a property that the broker refuses', { timeout: 120_000 }, async () => {
    const dataDir = path.join(directory, 'refused');
    const failure = startLocalKafka({ dataDir, quickStart: true, extraProperties: { 'num.io.threads': 'many' } });
    await expect(failure).rejects.toMatchObject({ code: 'kafka-failed' });
    await expect(failure).rejects.toThrow(/^[^\n]*num\.io\.threads[^\n]*$/);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
