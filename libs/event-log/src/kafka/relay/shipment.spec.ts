import { expect, it } from 'vitest';
import { type OutboxMessage, parcelsOf, shipmentsOf } from './shipment.js';

function message(position: number, revision: number | null, replay: string | null = null): OutboxMessage {
  return {
    position: String(position),
    revision: revision === null ? null : String(revision),
    replay,
    text: 'ten bytes.',
  };
}

function positions(messages: readonly OutboxMessage[]): string {
  return messages.map(({ position }) => position).join(' ');
}

it('keeps the messages of a revision together, and those of each replay, and others apart', () => {
  const messages = [
    message(1, 1),
    message(2, 1),
    message(3, 1, 'r'),
    message(4, 1, 'r'),
    message(5, 2, 'r'),
    message(6, 1, 's'),
    message(7, null),
    message(8, null),
  ];
  const parcels = parcelsOf(messages, false);
  expect(parcels.map((parcel) => positions(parcel.messages))).toEqual(['1 2', '3 4', '5', '6', '7', '8']);
  expect(parcels.map(({ bytes }) => bytes)).toEqual([20, 20, 10, 10, 10, 10]);
});

it('leaves the last parcel for the next look where more may belong to it', () => {
  const messages = [message(1, 1), message(2, 2)];
  expect(parcelsOf(messages, true)).toHaveLength(1);
  expect(parcelsOf(messages, false)).toHaveLength(2);
  expect(parcelsOf([message(1, 1), message(2, 1)], true)).toHaveLength(1);
});

it('lets small parcels travel together and divides none', () => {
  const parcels = parcelsOf(
    [message(1, 1), message(2, 2), message(3, 3), message(4, 3), message(5, 3), message(6, 4)],
    false,
  );
  const shipped = (maxBytes: number): string[] =>
    shipmentsOf(parcels, maxBytes).map((shipment) => shipment.map(({ messages }) => positions(messages)).join(' | '));
  expect(shipped(1)).toEqual(['1', '2', '3 4 5', '6']);
  expect(shipped(20)).toEqual(['1 | 2', '3 4 5', '6']);
  expect(shipped(1_000)).toEqual(['1 | 2 | 3 4 5 | 6']);
});
