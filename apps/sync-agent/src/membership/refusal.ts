import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Catalog } from '@muster/catalog';
import type { NodeRefusal } from '@muster/catalog';
import { MusterError } from '@muster/contracts';
import type { Logger } from 'pino';
import type { AgentConfig } from '../agent-config.js';

const DEADLINE_MS = 2_000;
const CODES: ReadonlySet<string> = new Set(['storage-in-use', 'storage-foreign-node', 'node-id-in-use']);

/** Leaves word in the catalog of what keeps this agent from its node, for *why*; as far as it takes it now. Never throws. */
export async function tellRefusal(config: AgentConfig, error: unknown, logger: Logger): Promise<void> {
  const refusal = refusalOf(config, error);
  if (refusal === undefined) return;
  const { DATABASE_URL: url, MUSTER_NODE: node } = config;
  const catalog = Catalog.connect({
    url,
    applicationName: `muster-sync-agent ${node} (refused)`,
    poolSize: 1,
    statementTimeoutMs: DEADLINE_MS,
  });
  const told = catalog.nodeRefusals.put(refusal).then(
    () => undefined,
    (failure: unknown) => logger.debug({ err: failure }, 'that this agent was refused could not be told'),
  );
  const over = new AbortController();
  await Promise.race([told, pause(DEADLINE_MS, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
  void catalog.close().catch(() => undefined);
}

/** Its claimant has the same name when it is started again, or every restart would leave word anew. */
function refusalOf(config: AgentConfig, error: unknown): NodeRefusal | undefined {
  if (!(error instanceof MusterError) || !CODES.has(error.code)) return undefined;
  const { MUSTER_NODE: node, MUSTER_PUBLIC_URL: address, MUSTER_PORT: port, MUSTER_STORAGE: storage } = config;
  const holder = error.code === 'node-id-in-use' ? node : error.limit;
  return {
    node,
    code: error.code as NodeRefusal['code'],
    claimant: `${address ?? `${hostname()}:${port}`} with ${storage}`,
    detail: `${error.message} (process ${process.pid} on ${hostname()})`,
    ...(holder !== undefined && { holder: String(holder) }),
  };
}
