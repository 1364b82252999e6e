export type ClientProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

export interface BrokerAddress {
  readonly port: number;
  readonly controllerPort: number;
  /** Where what belongs to the broker itself connects, and whoever asks whether it answers. */
  readonly internalPort: number;
}

/**
 * One broker that is its own controller. Clients meet the listener CLIENT, the broker's own traffic and the controller
 * have plaintext listeners of their own, so that TLS or SASL for clients asks nothing of the broker itself. The quorum is
 * named by address and not recorded when formatting, so that the ports may be others at the next start.
 */
export function serverProperties(
  dataDir: string,
  address: BrokerAddress,
  clientProtocol: ClientProtocol,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const { port, controllerPort, internalPort } = address;
  const clients = `CLIENT://127.0.0.1:${port}`;
  const internal = `INTERNAL://127.0.0.1:${internalPort}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `${clients},${internal},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `${clients},${internal}`,
    'listener.security.protocol.map': `CLIENT:${clientProtocol},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'inter.broker.listener.name': 'INTERNAL',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': dataDir,
    'auto.create.topics.enable': 'false',
    'num.partitions': '1',
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    // Half of a small heap by default.
    'log.cleaner.dedupe.buffer.size': String(16 * 1024 * 1024),
    ...extra,
  };
}

/** As a Java properties file has them. */
export function writeProperties(properties: Readonly<Record<string, string>>): string {
  const escaped = (text: string): string =>
    text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replace(/^ /, '\\ ');
  return Object.entries(properties)
    .map(([name, value]) => `${name.replace(/[=: ]/g, '\\$&')}=${escaped(value)}\n`)
    .join('');
}
