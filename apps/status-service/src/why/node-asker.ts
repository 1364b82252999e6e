import { nodeViewSchema } from '@muster/contracts';
import type { DirectAnswer } from '../model/why/why-facts.js';

const DEADLINE_MS = 2_000;
const MAX_BYTES = 4_194_304;

/**
 * Asks silent nodes directly what they say of themselves. Only where they have told the cluster that they listen, by plain
 * http, without following anything; never throws.
 */
export class NodeAsker {
  private readonly asking = new Map<string, Promise<DirectAnswer>>();

  /** Undefined where the address is none that can be asked. Who asks meanwhile shares the answer. */
  ask(node: string, address: string): Promise<DirectAnswer> | undefined {
    if (!isPlainHttp(address)) return undefined;
    const key = `${node} ${address}`;
    const asked = this.asking.get(key) ?? askNode(node, address).finally(() => this.asking.delete(key));
    this.asking.set(key, asked);
    return asked;
  }
}

function isPlainHttp(address: string): boolean {
  return URL.canParse(address) && new URL(address).protocol === 'http:';
}

async function askNode(node: string, address: string): Promise<DirectAnswer> {
  const silent = (detail: string): DirectAnswer => ({ kind: 'silent', address, detail });
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const answer = await fetch(new URL('/node', address), { signal, redirect: 'error' });
    const text = await readText(answer);
    if (!answer.ok) return silent(`it answers with HTTP ${answer.status}`);
    const parsed = nodeViewSchema.safeParse(JSON.parse(text));
    if (!parsed.success) return silent('what answers there is no agent that this service understands');
    const { storage: _storage, parked: _parked, lock, ...report } = parsed.data;
    if (report.node !== node) return silent(`${report.node} answers there`);
    // The agent itself holds the lock while it works.
    const others = lock === undefined || lock.service === 'sync-agent' ? {} : { lock };
    return { kind: 'answered', address, report: { ...report, ...others } };
  } catch (error) {
    return silent(reasonOf(error));
  }
}

/** @throws Error for an answer that is larger than any report */
async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body ?? []) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > MAX_BYTES) throw new Error(`its answer is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${DEADLINE_MS / 1000} s`;
  if (error instanceof SyntaxError) return 'what answers there is no agent';
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
