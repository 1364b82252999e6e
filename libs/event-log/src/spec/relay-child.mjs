// A relay in a process of its own: `node relay-child.mjs OPTIONS`, JSON of { url, brokers, prefix, cluster, tuning }. Says on standard
// output when it begins and ceases to lead, and what failed.
import { startKafkaRelay } from '../../dist/kafka/kafka-relay.js';
import { kafkaSource } from '../../dist/kafka/kafka-source.js';

const { url, brokers, prefix, cluster, tuning } = JSON.parse(process.argv[2]);
const say = (line) => process.stdout.write(`${line}\n`);
const relay = startKafkaRelay({
  database: { url },
  kafka: kafkaSource({ brokers, clientId: 'relay-child', topicPrefix: prefix, cluster, deadlineMs: 5_000 }),
  tuning,
  onError: (error) => say(`error ${error.message}`),
});
let leading = false;
setInterval(() => {
  if (relay.leading === leading) return;
  leading = relay.leading;
  say(leading ? 'leads' : 'stands by');
}, 20);
// The spec holds the other end: when it is gone, so is this.
process.stdin.on('end', () => process.exit(1)).resume();
