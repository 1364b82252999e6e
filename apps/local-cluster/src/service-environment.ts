import type { ServiceName, ServiceSpec } from './layout.js';

const ROLES: Readonly<Record<ServiceName, string>> = {
  'import-service': 'muster_importer',
  'sync-agent': 'muster_agent',
  'status-service': 'muster_status',
};

export interface ClusterFacts {
  readonly dataDir: string;
  /** Of a login that owns the schema and is a member of every role. */
  readonly databaseUrl: string;
  /** Where the page's imports go: the first of several. */
  readonly importUrl: string;
  /** Absent where the log lies in PostgreSQL, whatever this process has in its environment. */
  readonly brokers?: string;
}

/** What a service is started with: the environment of this process, with what the cluster decides put over it. */
export function serviceEnvironment(
  spec: ServiceSpec,
  { dataDir, databaseUrl, importUrl, brokers }: ClusterFacts,
  inherited: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  return {
    MUSTER_SHUTDOWN_TIMEOUT: '10s',
    ...inherited,
    MUSTER_SUPERVISED: 'stdin',
    MUSTER_LOCAL_CLUSTER: dataDir,
    MUSTER_HOST: '127.0.0.1',
    MUSTER_PORT: String(spec.port),
    DATABASE_URL: withRole(databaseUrl, ROLES[spec.service]),
    ...(spec.service === 'import-service' ? { MUSTER_OWNER_DATABASE_URL: databaseUrl } : {}),
    ...(spec.service === 'status-service' ? { MUSTER_IMPORT_URL: importUrl } : {}),
    KAFKA_BROKERS: brokers,
    ...(spec.node === undefined ? {} : { MUSTER_NODE: spec.node }),
    ...(spec.storage === undefined ? {} : { MUSTER_STORAGE: spec.storage }),
    ...(spec.hook === undefined ? {} : { MUSTER_DEPLOY_HOOK: spec.hook }),
  };
}

/** The same login, acting in one role from its first statement on. */
export function withRole(databaseUrl: string, role: string): string {
  const url = new URL(databaseUrl);
  const options = url.searchParams.get('options');
  url.searchParams.set('options', `${options === null ? '' : `${options} `}-c role=${role}`);
  // PostgreSQL's own clients do not read "+" as a space.
  url.search = url.search.replaceAll('+', '%20');
  return url.href;
}
