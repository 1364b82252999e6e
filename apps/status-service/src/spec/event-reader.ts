import { boardMessageSchema, type BoardMessage } from '@muster/contracts';
import type { Service } from '@muster/service-kit';
import { waitFor } from '@muster/testing';

export type MessageOf<Type extends BoardMessage['type']> = Extract<BoardMessage, { type: Type }>;

export interface ReceivedMessage {
  readonly id: string;
  readonly message: BoardMessage;
}

/** A client of `GET /events` that keeps all that it is told, checked against the contract. */
export class EventReader {
  readonly received: ReceivedMessage[] = [];
  /** Whether the service has ended the stream. */
  ended = false;
  private readonly aborter = new AbortController();
  private done: Promise<void> = Promise.resolve();

  private constructor(readonly response: Response) {}

  static async open(service: Service, lastId?: string): Promise<EventReader> {
    const aborter = new AbortController();
    const response = await fetch(`${service.url}/events`, {
      signal: aborter.signal,
      ...(lastId !== undefined && { headers: { 'Last-Event-ID': lastId } }),
    });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    const reader = new EventReader(response);
    aborter.signal.addEventListener('abort', () => undefined);
    reader.aborter.signal.addEventListener('abort', () => aborter.abort());
    reader.done = reader.read();
    return reader;
  }

  get lastId(): string {
    return this.received.at(-1)?.id ?? '';
  }

  get messages(): BoardMessage[] {
    return this.received.map(({ message }) => message);
  }

  /** The first message of this type, from `after` on, that fits. */
  async next<Type extends BoardMessage['type']>(
    type: Type,
    fits: (message: MessageOf<Type>) => boolean = () => true,
    after = 0,
  ): Promise<MessageOf<Type>> {
    const found = () =>
      this.messages.slice(after).find((message): message is MessageOf<Type> => {
        return message.type === type && fits(message as MessageOf<Type>);
      });
    return waitFor(found, { what: `a message ${type}; got ${JSON.stringify(this.messages.slice(-3))}` });
  }

  async close(): Promise<void> {
    this.aborter.abort();
    await this.done;
  }

  private async read(): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.take(block);
      }
      this.ended = true;
    } catch (error) {
      this.ended = true;
      if (!this.aborter.signal.aborted && !/terminated|aborted/.test(String(error))) throw error;
    }
  }

  private take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line): [string, string] => {
        const at = line.indexOf(': ');
        return [line.slice(0, at), line.slice(at + 2)];
      }),
    );
    const data = fields.get('data');
    if (data === undefined) return;
    this.received.push({ id: fields.get('id') ?? '', message: boardMessageSchema.parse(JSON.parse(data)) });
  }
}
