import { freePorts, startLocalKafka } from '@muster/local-kafka';
import { buildPackage, describeOnKafka, localKafkaForTests, temporaryDirectory, waitFor } from '@muster/testing';
import { expect, onTestFinished, test } from 'vitest';
import { RunningService } from './spec/running-service.js';

/** Nobody listens there. */
const NO_BROKER = '127.0.0.1:1';
const DEADLINE_MS = 60_000;

interface Ready {
  readonly status: string;
  readonly checks: readonly { readonly name: string; readonly ready: boolean; readonly reason?: string }[];
}

async function eventLogOf(service: RunningService) {
  const answer = await service.request<Ready>('/health/ready');
  expect(answer.status).toBe(200);
  return answer.body.checks.find(({ name }) => name === 'event-log');
}

test('while the broker is away imports are committed, and readiness says what waits', async () => {
  const service = await RunningService.start({ env: { KAFKA_BROKERS: NO_BROKER, MUSTER_POLL_INTERVAL: '50ms' } });
  for (const name of ['A', 'B']) expect((await service.import(buildPackage({ name }))).status).toBe(201);
  const ready = await waitFor(
    async () => {
      const log = await eventLogOf(service);
      return log?.reason?.includes('2 events') ? log : undefined;
    },
    { what: 'the outbox counted', deadlineMs: DEADLINE_MS },
  );
  expect(ready.ready).toBe(true);
  expect(ready.reason).toContain(NO_BROKER);
  expect(ready.reason).toMatch(/away since 20\S+Z; 2 events wait to be published, the oldest for \d+ s/);
  const metrics = (await service.request<string>('/metrics')).body;
  expect(metrics).toMatch(/muster_event_log_up\{[^}]*\} 0/);
  expect(metrics).toMatch(/muster_outbox_unpublished_events\{[^}]*\} 2/);
});

await describeOnKafka('a broker', await localKafkaForTests(), () => {
  test(
    'that comes late gets what waits; its going and its coming are said once each',
    { timeout: 300_000 },
    async () => {
      const [port = 0] = await freePorts(1);
      const lines: string[] = [];
      const env = { KAFKA_BROKERS: `127.0.0.1:${port}`, MUSTER_POLL_INTERVAL: '50ms' };
      const service = await RunningService.start({ env, lines });
      expect((await service.import(buildPackage({ name: 'Early' }))).status).toBe(201);
      const told = (text: string): string[] => lines.filter((line) => line.includes(text));
      await waitFor(async () => (await eventLogOf(service))?.reason?.includes('1 event waits'), {
        what: 'what waits',
        deadlineMs: DEADLINE_MS,
      });
      expect(told('the event log is away'), lines.join('')).toHaveLength(1);
      const dataDir = await temporaryDirectory('kafka');
      const broker = await startLocalKafka({ dataDir, port, quickStart: true });
      onTestFinished(() => broker.kill());
      await waitFor(async () => (await eventLogOf(service))?.reason === undefined, {
        what: 'what waited to be shipped',
        deadlineMs: DEADLINE_MS,
      });
      const metrics = (await service.request<string>('/metrics')).body;
      expect(metrics).toMatch(/muster_event_log_up\{[^}]*\} 1/);
      expect(metrics).toMatch(/muster_outbox_unpublished_events\{[^}]*\} 0/);
      expect(told('the event log answers'), lines.join('')).toHaveLength(1);
      const revisions = await service.request<{ revisions: { publishedAt?: string }[] }>('/revisions');
      expect(revisions.body.revisions[0]?.publishedAt).toBeTruthy();
    },
  );
});
