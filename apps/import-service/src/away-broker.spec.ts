import { buildPackage, waitFor } from '@muster/testing';
import { expect, test } from 'vitest';
import { RunningService } from './spec/running-service.js';

/** Nobody listens there. */
const NO_BROKER = '127.0.0.1:1';

interface Ready {
  readonly status: string;
  readonly checks: readonly { readonly name: string; readonly ready: boolean; readonly reason?: string }[];
}

test('while the broker is away imports are committed, and readiness says what waits', async () => {
  const service = await RunningService.start({ env: { KAFKA_BROKERS: NO_BROKER, MUSTER_POLL_INTERVAL: '50ms' } });
  for (const name of ['A', 'B']) expect((await service.import(buildPackage({ name }))).status).toBe(201);
  const ready = await waitFor(
    async () => {
      const answer = await service.request<Ready>('/health/ready');
      expect(answer.status).toBe(200);
      const log = answer.body.checks.find(({ name }) => name === 'event-log');
      return log?.reason?.includes('2 events') ? log : undefined;
    },
    { what: 'the outbox counted' },
  );
  expect(ready.ready).toBe(true);
  expect(ready.reason).toContain(NO_BROKER);
  expect(ready.reason).toMatch(/away since 20\S+Z; 2 events wait to be published, the oldest for \d+ s/);
  const metrics = (await service.request<string>('/metrics')).body;
  expect(metrics).toMatch(/muster_event_log_up\{[^}]*\} 0/);
  expect(metrics).toMatch(/muster_outbox_unpublished_events\{[^}]*\} 2/);
});
