import type { Convergence, Hold, NodePause, NodeRetired, OrderView, Problem, Why } from '@muster/contracts';
import { waitFor } from '@muster/testing';
import { request, type Answer, type Cluster } from './cluster.js';

export interface WhyQuery {
  readonly node?: string;
  readonly extension?: string;
  readonly revision?: number;
}

/** `GET /why`. */
export function why(cluster: Cluster, query: WhyQuery = {}): Promise<Answer<Why & Problem>> {
  return request(`${cluster.statusUrl}/why?${parameters({ ...query })}`);
}

export interface WaitQuery {
  readonly revision?: number;
  /** Comma list. */
  readonly nodes?: string;
  readonly quorum?: number | string;
  readonly wait?: string;
}

/** `GET /convergence` with all that it can be asked, refusals included. */
export function askConvergence(statusUrl: string, query: WaitQuery): Promise<Answer<Convergence & Problem>> {
  return request(`${statusUrl}/convergence?${parameters({ ...query })}`);
}

export async function order(cluster: Cluster, node: string, kind: string, extensions?: string[]): Promise<OrderView> {
  const url = `${cluster.importUrl()}/nodes/${node}/orders`;
  return expectOk(await request<OrderView>(url, json('POST', { kind, ...(extensions && { extensions }) })));
}

/** How many nodes may run deploy hooks at the same time. */
export async function maxDeploying(cluster: Cluster, nodes: number): Promise<void> {
  const url = `${cluster.importUrl()}/settings/max-deploying`;
  expectOk(await request(url, json('PUT', { maxDeploying: nodes })));
}

/** Pauses a node; resolves when the node itself says that it is. */
export async function pause(cluster: Cluster, node: string, reason: string): Promise<void> {
  expectOk(await request<NodePause>(`${cluster.importUrl()}/nodes/${node}/pause`, json('PUT', { reason })));
  await pausedIs(cluster, node, (paused) => paused?.reason === reason);
}

export async function resume(cluster: Cluster, node: string): Promise<void> {
  expectOk(await request<NodePause>(`${cluster.importUrl()}/nodes/${node}/pause`, { method: 'DELETE' }));
  await pausedIs(cluster, node, (paused) => paused === undefined);
}

export async function retire(cluster: Cluster, node: string): Promise<NodeRetired> {
  return expectOk(await request<NodeRetired>(`${cluster.importUrl()}/nodes/${node}`, { method: 'DELETE' }));
}

/** Sends a signal to the processes of the cluster whose command line holds all the words. */
export async function signal(cluster: Cluster, name: NodeJS.Signals, ...words: string[]): Promise<void> {
  const pids = await cluster.pids(...words);
  if (pids.length === 0) throw new Error(`no process of the cluster is ${words.join(' ')}`);
  for (const pid of pids) process.kill(pid, name);
}

async function pausedIs(cluster: Cluster, node: string, is: (paused: Hold | undefined) => boolean): Promise<void> {
  await waitFor(async () => is((await cluster.node(node)).paused), {
    deadlineMs: 20_000,
    what: () => `${node} to take the pause, or its end, in`,
  });
}

function expectOk<T>({ status, body }: Answer<T>): T {
  if (status >= 200 && status < 300) return body;
  throw new Error(`it was answered with ${status}: ${JSON.stringify(body)}`);
}

function json(method: string, body: object): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function parameters(query: Readonly<Record<string, unknown>>): URLSearchParams {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given;
}
