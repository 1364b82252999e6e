import type {
  Freeze,
  ImportResult,
  NodePause,
  NodeRetired,
  OrderKind,
  OrderView,
  ProposalView,
  RemovalPlan,
} from '@muster/contracts';
import { ask, read, type Answer } from './api.js';
import { refuse, tell } from './notices.js';

const nodeUrl = (node: string): string => `/nodes/${encodeURIComponent(node)}`;
const extensionUrl = (name: string): string => `/extensions/${encodeURIComponent(name)}`;

type GivenOrder = Exclude<OrderKind, 'preview' | 'replay'>;
const ORDER_WORDS: Record<GivenOrder, string> = {
  retry: 'try again what is parked',
  resync: 'hash everything and put right what differs',
  verify: 'hash what stands on its disk',
  'accept-catalog': 'take this catalog for its own',
};

/** Gives a node an order, and tells what the node says that came of it. */
export async function order(node: string, kind: GivenOrder, extension?: string): Promise<void> {
  const body = { kind, ...(extension !== undefined && { extensions: [extension] }) };
  const answer = await ask<OrderView>('POST', `${nodeUrl(node)}/orders`, body);
  if (!answer.ok) return refuse(`${node} was not asked to ${ORDER_WORDS[kind]}`, answer.problem);
  tell(`${node} is asked to ${ORDER_WORDS[kind]}`);
  await follow(answer.value, node, kind);
}

const POLL_MS = 1_000;
const POLLS = 30;

async function follow({ id }: OrderView, node: string, kind: GivenOrder): Promise<void> {
  for (let poll = 0; poll < POLLS; poll += 1) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const answer = await read<OrderView>(`${nodeUrl(node)}/orders/${encodeURIComponent(id)}`);
    if (answer.ok && answer.value.state !== 'open') {
      tell(
        answer.value.state === 'done'
          ? `${node} has carried out: ${kind}`
          : `${node} did not carry out ${kind} in time`,
      );
      return;
    }
  }
}

export async function pause(node: string, reason: string): Promise<boolean> {
  return done(
    await ask<NodePause>('PUT', `${nodeUrl(node)}/pause`, { reason }),
    `${node} is paused`,
    `${node} was not paused`,
  );
}

export async function resume(node: string): Promise<boolean> {
  return done(await ask<NodePause>('DELETE', `${nodeUrl(node)}/pause`), `${node} goes on`, `${node} was not resumed`);
}

export async function retire(node: string): Promise<boolean> {
  return done(await ask<NodeRetired>('DELETE', nodeUrl(node)), `${node} is retired`, `${node} was not retired`);
}

export async function freeze(reason: string): Promise<boolean> {
  return done(await ask<Freeze>('PUT', '/freeze', { reason }), 'Imports are frozen', 'Imports were not frozen');
}

export async function unfreeze(): Promise<boolean> {
  return done(await ask<Freeze>('DELETE', '/freeze'), 'Imports are open again', 'The freeze was not lifted');
}

export async function callOff(proposal: string): Promise<boolean> {
  return done(
    await ask<ProposalView>('DELETE', `/proposals/${encodeURIComponent(proposal)}`),
    'It is called off; nothing was changed on any node',
    'It was not called off',
  );
}

/** What goes with an extension, all that need it included, in order; nothing is changed. */
export function planRemoval(name: string, signal: AbortSignal): Promise<Answer<RemovalPlan>> {
  return ask<RemovalPlan>('DELETE', `${extensionUrl(name)}?dryRun=true&cascade=true`, undefined, signal);
}

/** With `cascade` all that need it go with it, as one revision. */
export function remove(name: string, cascade: boolean): Promise<Answer<ImportResult>> {
  return ask<ImportResult>('DELETE', extensionUrl(name) + (cascade ? '?cascade=true' : ''));
}

export function rollBack(name: string, sha256: string): Promise<Answer<ImportResult>> {
  return ask<ImportResult>('POST', `${extensionUrl(name)}/rollback`, { sha256 });
}

function done(answer: Answer<unknown>, success: string, failure: string): boolean {
  if (answer.ok) tell(success);
  else refuse(failure, answer.problem);
  return answer.ok;
}
