import path from 'node:path';
import type { NodeDetail, NodeList } from '@muster/contracts';
import { openLogs } from '@muster/event-log';
import { freePorts, startLocalKafka } from '@muster/local-kafka';
import { describeOnKafka, localKafkaForTests, temporaryDirectory, waitFor } from '@muster/testing';
import { expect, test } from 'vitest';
import { statusConfigSchema } from './config.js';
import { convergence, get, TestCluster } from './spec/cluster.js';

const DEADLINE_MS = 60_000;

interface Ready {
  readonly checks: readonly { readonly name: string; readonly ready: boolean; readonly reason?: string }[];
}

await describeOnKafka('a status-service whose broker', await localKafkaForTests(), () => {
  test('is away from the beginning comes up, says so, and goes on when it comes', { timeout: 300_000 }, async () => {
    const cluster = await TestCluster.start();
    const [port = 0] = await freePorts(1);
    const KAFKA_BROKERS = `127.0.0.1:${port}`;
    const directory = await temporaryDirectory('kafka');
    const url = cluster.database.urlAs('muster_agent');
    const config = statusConfigSchema.parse({ DATABASE_URL: url, KAFKA_BROKERS, MUSTER_PORT: '0' });
    const { events, reports } = openLogs(config, { url, applicationName: 'spec-node' });
    const lines: string[] = [];
    const told = (text: string): string[] => lines.filter((line) => line.includes(text));
    let broker: Awaited<ReturnType<typeof startLocalKafka>> | undefined;
    try {
      const service = await cluster.service({ KAFKA_BROKERS, MUSTER_POLL_INTERVAL: '200ms' }, lines);
      const revision = await cluster.commit('App 1.0');
      const node = await cluster.node('node-1', reports);
      const { eventLog } = await waitFor(
        async () => {
          const { body } = await get<NodeList>(service, '/nodes');
          return body.revision === revision && body.eventLog?.unpublished === 1 ? body : undefined;
        },
        { what: 'what was committed', deadlineMs: DEADLINE_MS },
      );
      expect(eventLog).toMatchObject({ kind: 'kafka', ok: false });
      expect(eventLog?.detail).toContain(KAFKA_BROKERS);
      expect(await convergence(service, revision)).toMatchObject({ state: 'absent' });
      const reportsReady = async () => {
        const { body } = await get<Ready>(service, '/health/ready');
        return body.checks.find(({ name }) => name === 'reports');
      };
      await waitFor(async () => (await reportsReady())?.reason?.includes(KAFKA_BROKERS), {
        what: 'readiness that says so',
        deadlineMs: DEADLINE_MS,
      });

      broker = await startLocalKafka({ dataDir: path.join(directory, 'data'), port, quickStart: true });
      await waitFor(() => node.prove().then(() => true), { what: 'a report taken', deadlineMs: DEADLINE_MS });
      await waitFor(async () => (await get<NodeDetail>(service, '/nodes/node-1')).body.report, {
        what: 'the report heard',
        deadlineMs: DEADLINE_MS,
      });
      expect(await convergence(service, revision, '30s')).toMatchObject({ state: 'converged' });
      expect(await reportsReady()).toMatchObject({ ready: true });
      await waitFor(() => told('event log: it goes on').length > 0, { what: 'the event log', deadlineMs: DEADLINE_MS });
      await waitFor(() => told('the event log answers').length > 0, { what: 'the watch', deadlineMs: DEADLINE_MS });
      // Once for each outage, however often it was tried.
      for (const text of ['the event log is away', '"event log: Kafka', '"report log: Kafka', 'report log: it goes on'])
        expect(told(text), lines.join('')).toHaveLength(1);
    } finally {
      await cluster.end();
      await Promise.all([events.close(), reports.close()]);
      await broker?.kill();
    }
  });
});
