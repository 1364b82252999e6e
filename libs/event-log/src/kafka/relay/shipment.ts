/** One message of the outbox as it is shipped: the text stays what it is, so that a repeat is exact. */
export interface OutboxMessage {
  readonly position: string;
  /** Absent for what belongs to no revision. */
  readonly revision: string | null;
  /** The replay that published it again. */
  readonly replay: string | null;
  readonly text: string;
}

/** The messages of one revision, or of one replay of it, or a single message without revision: never divided. */
export interface Parcel {
  readonly messages: readonly OutboxMessage[];
  readonly bytes: number;
}

/** Whole parcels in order of position, sent as one batch, which the broker takes or refuses as a whole. */
export type Shipment = readonly Parcel[];

/** `cutOff`: there are more messages than these, so that the last parcel may lack some, and waits for the next look. */
export function parcelsOf(messages: readonly OutboxMessage[], cutOff: boolean): Parcel[] {
  const parcels: { messages: OutboxMessage[]; bytes: number }[] = [];
  for (const message of messages) {
    const last = parcels.at(-1);
    const bytes = Buffer.byteLength(message.text);
    if (last !== undefined && belongTogether(last.messages[0], message)) {
      last.messages.push(message);
      last.bytes += bytes;
    } else parcels.push({ messages: [message], bytes });
  }
  if (cutOff && parcels.length > 1) parcels.pop();
  return parcels;
}

/** Small parcels travel together, up to `maxBytes`. */
export function shipmentsOf(parcels: readonly Parcel[], maxBytes: number): Shipment[] {
  const shipments: Parcel[][] = [];
  let room = 0;
  for (const parcel of parcels) {
    const last = shipments.at(-1);
    if (last !== undefined && parcel.bytes <= room) last.push(parcel);
    else {
      shipments.push([parcel]);
      room = maxBytes;
    }
    room -= parcel.bytes;
  }
  return shipments;
}

function belongTogether(first: OutboxMessage | undefined, next: OutboxMessage): boolean {
  return next.revision !== null && first?.revision === next.revision && first.replay === next.replay;
}
