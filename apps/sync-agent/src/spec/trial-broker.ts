import path from 'node:path';
import { eventLogConfig, openLogs } from '@muster/event-log';
import type { EventLog } from '@muster/event-log';
import { KafkaAdmin } from '@muster/event-log/conformance';
import { freePorts, startLocalKafka } from '@muster/local-kafka';
import type { LocalKafka } from '@muster/local-kafka';
import { z } from 'zod';
import type { TrialCluster } from './trial-cluster.js';

/** A broker of a cluster's own, which may be away from the beginning, and a relay that ships the cluster's outbox to it. */
export class TrialBroker {
  readonly topic = 'muster.local.extension-changed';
  readonly admin: KafkaAdmin;
  private broker: LocalKafka | undefined;

  private constructor(
    private readonly directory: string,
    private readonly port: number,
    private readonly events: EventLog,
  ) {
    this.admin = new KafkaAdmin(this.address);
  }

  /** The relay runs at once; the broker is away until `start`. */
  static async away(cluster: TrialCluster): Promise<TrialBroker> {
    const [port = 0] = await freePorts(1);
    const config = z.object(eventLogConfig).parse({ KAFKA_BROKERS: `127.0.0.1:${port}` });
    const { events, reports } = openLogs(
      { ...config, MUSTER_CLUSTER: 'local' },
      { url: cluster.database.urlAs('muster_importer'), applicationName: 'trial-relay', pollIntervalMs: 500 },
    );
    await reports.close();
    const broker = new TrialBroker(path.join(cluster.directory, 'kafka'), port, events);
    await events.relay();
    return broker;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** On the data that an earlier one has left. */
  async start(): Promise<void> {
    this.broker = await startLocalKafka({ dataDir: this.directory, port: this.port, quickStart: true });
  }

  async kill(): Promise<void> {
    await this.broker?.kill();
    this.broker = undefined;
  }

  /** What an operator does who means well; whoever reads or ships meanwhile finds another topic of the same name. */
  async remakeTopic(): Promise<void> {
    await this.admin.deleteTopic(this.topic);
    await this.admin.createTopic(this.topic, 1, { 'cleanup.policy': 'delete' });
  }

  async end(): Promise<void> {
    await this.events.close();
    await this.admin.close();
    await this.kill();
  }
}
