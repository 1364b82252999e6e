import { describe, expect, it } from 'vitest';
import { layOut } from './layout.js';
import { parseOptions, type ClusterOptions } from './options.js';
import { serviceEnvironment, withRole } from './service-environment.js';

function optionsOf(...args: string[]): ClusterOptions {
  const parsed = parseOptions(args, '/here');
  if (parsed.outcome !== 'options') throw new Error(JSON.stringify(parsed));
  return parsed.options;
}

describe('options', () => {
  it('have defaults', () => {
    expect(optionsOf()).toEqual({
      nodes: 3,
      origins: 1,
      dataDir: '/here/.muster',
      portBase: 8080,
      log: 'postgres',
      hooks: new Map(),
      json: false,
    });
  });

  it('take Kafka where brokers are at hand, unless told else', () => {
    const logOf = (...args: string[]) => {
      const parsed = parseOptions(args, '/here', 'kafka.example:9092');
      return parsed.outcome === 'options' ? parsed.options.log : parsed;
    };
    expect([logOf(), logOf('--log', 'postgres'), optionsOf('--log', 'kafka').log]).toEqual([
      'kafka',
      'postgres',
      'kafka',
    ]);
  });

  it.each([
    [['--nodes', '0'], /1 to 100/],
    [['--nodes', '3x'], /1 to 100/],
    [['--nodes', '2', '--origins', '3'], /only 2 nodes/],
    [['--origins', '9', '--nodes', '20'], /1 to 8/],
    [['--port-base', '65530'], /65542, above 65535/],
    [['--log', 'carrier-pigeon'], /postgres/],
    [['--deploy-hook', 'node-4=true'], /no node-4/],
    [['--deploy-hook', ' '], /empty/],
    [['--nonsense'], /unknown option '--nonsense'/],
    [['stray'], /too many arguments/],
  ])('refuse %j', (args, detail) => {
    expect(parseOptions(args, '/here')).toEqual({ outcome: 'refused', detail: expect.stringMatching(detail) });
  });

  it('give each node its hook', () => {
    const options = optionsOf('--deploy-hook', 'A=1 ./all.sh', '--deploy-hook', 'node-2=./two.sh x=y', '--nodes', '3');
    const hooks = layOut(options).map(({ label, hook }) => [label, hook]);
    expect(Object.fromEntries(hooks)).toEqual({
      'import-service-node-1': 'A=1 ./all.sh',
      'status-service': undefined,
      'sync-agent-node-1': 'A=1 ./all.sh',
      'sync-agent-node-2': './two.sh x=y',
      'sync-agent-node-3': 'A=1 ./all.sh',
    });
  });
});

describe('the layout', () => {
  it('puts every service where scripts expect it', () => {
    const specs = layOut(optionsOf('--nodes', '9', '--origins', '8', '--port-base', '9000', '--data-dir', 'd'));
    const ports = Object.fromEntries(specs.map(({ label, port }) => [label, port]));
    expect(ports).toMatchObject({
      'import-service-node-1': 9000,
      'status-service': 9001,
      'import-service-node-2': 9002,
      'import-service-node-8': 9008,
      'sync-agent-node-1': 9010,
      'sync-agent-node-9': 9018,
    });
    expect(new Set(specs.map(({ port }) => port)).size).toBe(specs.length);
    expect(specs.find(({ label }) => label === 'import-service-node-2')?.storage).toBe(
      '/here/d/nodes/node-2/ThingworxStorage',
    );
  });

  it('gives each service its own role, and the owner only to who migrates', () => {
    const facts = {
      dataDir: '/d',
      databaseUrl: 'postgres://u:p%2F@h:1/muster?options=-c%20a%3Db',
      importUrl: 'http://i',
    };
    const environments = layOut(optionsOf('--nodes', '1')).map((spec) =>
      serviceEnvironment(spec, facts, { MUSTER_PORT: '1', X: 'y' }),
    );
    const roles = environments.map(({ DATABASE_URL }) => new URL(DATABASE_URL ?? '').searchParams.get('options'));
    expect(roles).toEqual([
      '-c a=b -c role=muster_importer',
      '-c a=b -c role=muster_status',
      '-c a=b -c role=muster_agent',
    ]);
    expect(environments.map(({ MUSTER_OWNER_DATABASE_URL }) => MUSTER_OWNER_DATABASE_URL)).toEqual([
      facts.databaseUrl,
      undefined,
      undefined,
    ]);
    expect(environments.map(({ MUSTER_IMPORT_URL }) => MUSTER_IMPORT_URL)).toEqual([undefined, 'http://i', undefined]);
    const withBrokers = (brokers?: string) =>
      serviceEnvironment(layOut(optionsOf())[0]!, { ...facts, ...(brokers && { brokers }) }, { KAFKA_BROKERS: 'x:1' });
    expect([withBrokers('k:2').KAFKA_BROKERS, withBrokers().KAFKA_BROKERS]).toEqual(['k:2', undefined]);
    expect(environments[2]).toMatchObject({ MUSTER_NODE: 'node-1', MUSTER_PORT: '8090', X: 'y' });
    expect(withRole('postgres://u:p@h/d', 'r')).toBe('postgres://u:p@h/d?options=-c%20role%3Dr');
  });
});
