import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import './provided-context.js';
import { kafkaBroker, type KafkaBroker } from './provision/kafka-broker.js';
import type { Provision } from './provision/provider.js';

/**
 * One Kafka broker for a whole test run, started when the first spec asks for it. Specs run in processes of their own, so
 * they ask at a door: an HTTP server on the loopback, whose address they are provided with. The projects of a run share it.
 */
export default async function setUpKafka(project: TestProject): Promise<() => Promise<void>> {
  const door = (shared().door ??= openDoor());
  shared().users += 1;
  const { url, close } = await door;
  project.provide('kafkaDoor', url);
  return async () => {
    shared().users -= 1;
    if (shared().users === 0) await close();
  };
}

interface Door {
  readonly url: string;
  close(): Promise<void>;
}

const KEY = Symbol.for('muster.test.kafka');

/** Each project loads this file anew; the process is what they have in common. */
function shared(): { users: number; door?: Promise<Door> } {
  const place = globalThis as unknown as Record<symbol, { users: number; door?: Promise<Door> }>;
  return (place[KEY] ??= { users: 0 });
}

async function openDoor(): Promise<Door> {
  let provision: Promise<Provision<KafkaBroker>> | undefined;
  const server = createServer((_request, response) => {
    provision ??= kafkaBroker();
    provision.then(
      (outcome) => response.end(JSON.stringify('server' in outcome ? { brokers: outcome.server.brokers } : outcome)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const outcome = await provision?.catch(() => undefined);
      if (outcome !== undefined && 'server' in outcome) await outcome.server.end();
      await closed(server);
    },
  };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
