// npm run kafka: a Kafka broker on this machine, without Docker. Fetches Apache Kafka with Maven once, formats the data
// directory once, says when the broker answers, and ends it at Ctrl-C.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildWhereNeeded } from './build.mjs';
import { root } from './run.mjs';

const HELP = `npm run kafka -- [options]: runs a Kafka broker on 127.0.0.1 until Ctrl-C. Needs Java 17 and, the first time, Maven.

  --port <port>            where clients connect (default 9092)
  --data-dir <directory>   where it keeps its data and kafka.log (default .muster/kafka)
  --retention <time>       how long records are kept: 250ms, 5s, 10m, 2h, 7d (default: the broker's, 7d)
  --heap <megabytes>       Java heap (default 512)
  --protocol <name>        what clients must speak: PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL (default PLAINTEXT)
  --property <name=value>  any broker property; may be given again
  --add-scram <user>       SCRAM-SHA-256:name:password or SCRAM-SHA-512:name:password, made at the first start on the
                           directory; may be given again`;

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function refuse(detail) {
  console.error(`${detail} (npm run kafka -- --help tells the options)`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '9092' },
        'data-dir': { type: 'string', default: '.muster/kafka' },
        retention: { type: 'string' },
        heap: { type: 'string', default: '512' },
        protocol: { type: 'string', default: 'PLAINTEXT' },
        property: { type: 'string', multiple: true, default: [] },
        'add-scram': { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error.message.split('\n')[0]);
  }
}

function wholeNumber(name, text, least, most) {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most
    ? value
    : refuse(`--${name} ${text}: a whole number from ${least} to ${most} is wanted`);
}

function milliseconds(text) {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  return count === undefined
    ? refuse(`--retention ${text}: a time like 250ms, 5s, 10m, 2h or 7d is wanted`)
    : Number(count) * UNITS[unit];
}

function property(text) {
  const [, name, value] = /^([\w.-]+)=(.*)$/s.exec(text) ?? [];
  return name === undefined ? refuse(`--property ${text}: name=value is wanted`) : [name, value];
}

function scramUser(text) {
  const [, mechanism, name, password] = /^(SCRAM-SHA-(?:256|512)):([^:]+):(.+)$/s.exec(text) ?? [];
  return name === undefined
    ? refuse('--add-scram: SCRAM-SHA-256:name:password or SCRAM-SHA-512:name:password is wanted')
    : { mechanism, name, password };
}

function brokerOptions(values) {
  const retention =
    values.retention === undefined ? {} : { 'log.retention.ms': String(milliseconds(values.retention)) };
  if (!['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'].includes(values.protocol))
    refuse(`--protocol ${values.protocol}: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL is wanted`);
  return {
    dataDir: path.resolve(values['data-dir']),
    port: wholeNumber('port', values.port, 1, 65_535),
    heapMegabytes: wholeNumber('heap', values.heap, 64, 65_536),
    clientProtocol: values.protocol,
    extraProperties: { ...retention, ...Object.fromEntries(values.property.map(property)) },
    scramUsers: values['add-scram'].map(scramUser),
    earlierBrokerDeadlineMs: 2000,
    say: (line) => console.log(line),
  };
}

const values = readArguments();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const options = brokerOptions(values);
buildWhereNeeded(['libs/contracts', 'libs/local-kafka']);
const { startLocalKafka } = await import(pathToFileURL(path.join(root, 'libs/local-kafka/dist/index.js')).href);

let broker;
let wanted = true;
const end = async () => {
  wanted = false;
  // Before the broker is there, the end of this process ends it.
  if (broker === undefined) process.exit(130);
  await broker.stop();
};
process.on('SIGINT', end);
process.on('SIGTERM', end);
try {
  broker = await startLocalKafka(options);
} catch (error) {
  if (typeof error?.code !== 'string') throw error;
  console.error(`${error.code}: ${error.message}${error.remedy ? `; ${error.remedy}` : ''}`);
  process.exit(1);
}
console.log(`Kafka is ready at ${broker.brokers}`);
const { code, signal } = await broker.exited;
if (wanted) {
  console.error(`Kafka ended by ${signal ?? `code ${code}`}; see ${path.join(options.dataDir, 'kafka.log')}`);
  process.exitCode = 1;
}
