import { MusterError } from '@muster/contracts';
import type { NewNodeAction } from '@muster/catalog';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { ActionJournal } from './action-journal.js';
import type { DoneAction } from './action-journal.js';

const done = (extension: string): DoneAction => ({
  extension,
  kind: 'wanted-change',
  action: 'install',
  outcome: 'done',
  detector: 'event',
  head: 1,
  moments: { started: performance.now() - 50, deployed: performance.now() - 20, ended: performance.now() - 10 },
});

/** A catalog that keeps what it is given once, and is away as long as it is told. */
function journalOver(taking: { failure?: Error; member?: boolean; answerLost?: boolean }) {
  const taken = new Map<number, NewNodeAction>();
  const thinned: string[] = [];
  const journal = new ActionJournal({
    node: 'node-1',
    instance: 'first',
    catalog: {
      nodeActions: {
        insert: async (_node: string, _instance: string, actions: readonly NewNodeAction[]) => {
          if (taking.failure !== undefined && taking.answerLost !== true) throw taking.failure;
          for (const action of actions) if (!taken.has(action.seq)) taken.set(action.seq, action);
          if (taking.failure !== undefined) throw taking.failure;
        },
        thin: async (node: string) => void thinned.push(node),
      },
    } as never,
    maySend: () => taking.member ?? true,
    logger: pino({ level: 'silent' }),
  });
  return { journal, taken, thinned };
}

const away = new MusterError('database-away', 'no answer');

describe('the journal', () => {
  test('keeps what the database does not take now, in order, and tells how long ago it was', async () => {
    const taking: { failure?: Error } = { failure: away };
    const { journal, taken } = journalOver(taking);
    journal.record([done('A'), done('B')]);
    await journal.flush();
    expect([taken.size, journal.size]).toEqual([0, 2]);
    delete taking.failure;
    journal.record([done('C')]);
    await journal.flush();
    expect([...taken.values()].map(({ seq, extension }) => `${seq} ${extension}`)).toEqual(['1 A', '2 B', '3 C']);
    expect(journal.size).toBe(0);
    const { started, deployed, ended } = taken.get(3)!.agesMs;
    expect([started - ended, (deployed ?? 0) - ended].map(Math.round)).toEqual([40, 10]);
  });

  test('writes again what may have been written, and it is there once', async () => {
    const taking: { failure?: Error; answerLost: boolean } = { failure: away, answerLost: true };
    const { journal, taken } = journalOver(taking);
    journal.record([done('A')]);
    await journal.flush();
    delete taking.failure;
    journal.record([done('B')]);
    await Promise.all([journal.flush(), journal.flush()]);
    expect([...taken.keys()]).toEqual([1, 2]);
  });

  test('gives up the oldest of more than a thousand, and what the database refuses', async () => {
    const taking: { failure?: Error } = { failure: away };
    const { journal, taken, thinned } = journalOver(taking);
    journal.record(Array.from({ length: 1_500 }, (_, index) => done(`E${index}`)));
    expect(journal.size).toBe(1_000);
    delete taking.failure;
    await journal.flush();
    expect([Math.min(...taken.keys()), taken.size]).toEqual([501, 1_000]);
    expect(thinned.length).toBeGreaterThan(0);
    taking.failure = new Error('permission denied');
    journal.record([done('Refused')]);
    await journal.flush();
    expect(journal.size).toBe(0);
  });

  test('waits until the node has enrolled', async () => {
    const taking = { member: false };
    const { journal, taken } = journalOver(taking);
    journal.record([done('A')]);
    await journal.flush();
    taking.member = true;
    expect(taken.size).toBe(0);
    await journal.flush();
    expect(taken.size).toBe(1);
  });
});
