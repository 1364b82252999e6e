import { orderViewSchema, type OrderRequest, type OrderView } from '@muster/contracts';
import { Option, type Command } from 'commander';
import { z } from 'zod';
import type { Deadline } from '../deadline.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { Failure, ToldFailure } from '../failure.js';
import { noWaitOption, timeoutOption, type WaitOptions } from '../options.js';
import { oneLine } from '../output/plain.js';
import { count, names, span } from '../output/words.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { failureDocument } from '../tell-failure.js';

export interface OrderOptions extends WaitOptions {
  readonly yes?: boolean;
}

/** Options of every command that tells one node to do something. */
export function withOrderOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--no-wait', noWaitOption().description.replace(/^end when .*$/, 'end when the order is given')),
    )
    .addOption(timeoutOption('longest wait until the node has done it'));
}

const resultSchema = z.object({
  revision: z.number().optional(),
  verified: z.array(z.string()).default([]),
  differing: z.array(z.string()).default([]),
  brought: z.array(z.string()).default([]),
  parked: z.array(z.object({ extension: z.string(), reason: z.string() })).default([]),
  ended: z.string().optional(),
});

const POLL_MS = 250;

/** Gives a node an order, waits until it is carried out, and tells what came of it. */
export async function giveOrder(
  session: Session,
  node: string,
  order: OrderRequest,
  options: OrderOptions,
): Promise<ExitCode> {
  const { out } = session;
  const deadline = session.deadline(options.timeout);
  const thing = `the order to ${order.kind} on ${node}`;
  const given = await suggesting(session, { node, extension: order.extensions?.[0] }, () =>
    session.ask(orderViewSchema, {
      service: 'import-service',
      method: 'POST',
      path: ['nodes', node, 'orders'],
      body: order,
      thing,
      deadline,
    }),
  );
  out.value(given.id);
  session.meanwhile = `The order stands until ${given.expiresAt}: ${node} carries it out when it reads it.`;
  if (!options.wait) {
    out.line(`${node} is told to ${order.kind}; it does so when it reads it.`);
    out.document(given);
    return EXIT.done;
  }
  return conclude(session, await untilDone(session, given, deadline), options.timeout);
}

async function untilDone(session: Session, given: OrderView, deadline: Deadline): Promise<OrderView> {
  const startedAt = performance.now();
  let order = given;
  while (order.state === 'open' && !deadline.isOver) {
    session.out.progress(`  waiting for ${order.node} to ${order.kind}   ${span(performance.now() - startedAt)}`);
    await deadline.pause(POLL_MS);
    order = await session.ask(orderViewSchema, {
      service: 'import-service',
      path: ['nodes', order.node, 'orders', order.id],
      thing: `the order ${order.id}`,
    });
  }
  return order;
}

function conclude(session: Session, order: OrderView, timeoutMs: number): ExitCode {
  const { out } = session;
  const { node, kind, state } = order;
  if (state !== 'done') {
    const detail =
      state === 'expired' ? 'it did not come back in time' : `it has not done so within ${span(timeoutMs)}`;
    throw told(
      session,
      order,
      new Failure(`the order to ${kind} on ${node}`, `order-${state}`, detail, {
        exitCode: EXIT.late,
        happened: 'was given, and not carried out',
        remedy: `"muster why ${node}" says what it waits for.`,
      }),
    );
  }
  const parsed = resultSchema.safeParse(order.result ?? {});
  const { verified, differing, brought, parked, ended } = parsed.success ? parsed.data : resultSchema.parse({});
  if (ended !== undefined) out.line(`${node} follows this catalog now: ${oneLine(ended)}`);
  if (kind !== 'retry')
    out.line(
      `${node} looked at ${count(verified.length, 'extension')}: ${differing.length === 0 ? 'all are as they should be' : `${names(differing)} differed`}.`,
    );
  if (brought.length > 0) out.line(`Put right: ${names(brought)}.`);
  if (kind === 'retry' && brought.length === 0 && parked.length === 0) out.line(`${node} has nothing parked there.`);
  if (parked.length === 0) {
    out.document(order);
    return EXIT.done;
  }
  const detail = parked.map(({ extension, reason }) => `${extension}: ${oneLine(reason)}`).join('; ');
  throw told(
    session,
    order,
    new Failure(`the order to ${kind} on ${node}`, 'parked', detail, {
      exitCode: EXIT.failed,
      happened: 'was carried out, and something stays parked',
      remedy: `"muster why ${node}" says what clears it.`,
    }),
  );
}

function told({ out }: Session, order: OrderView, failure: Failure): ToldFailure {
  out.document({ ...order, error: failureDocument(failure) });
  return new ToldFailure(failure);
}
