import type { Deadline } from '../deadline.js';
import type { Exchange, HttpAnswer } from './exchange.js';

export type Service = 'import-service' | 'status-service';

export interface Question {
  readonly service: Service;
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Segments of the path; each is encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A body that is streamed; made anew for each attempt. */
  readonly upload?: () => Exchange['body'];
  readonly onSent?: (bytes: number) => void;
  /** Told the head of the answer that is taken. */
  readonly onAnswer?: (headers: HttpAnswer['headers']) => void;
  /** What a refusal calls the thing that was asked. */
  readonly thing: string;
  readonly deadline: Deadline;
  /** Whether the same may be sent again where nobody knows what became of it. Default: only what changes nothing. */
  readonly repeatable?: boolean;
  /** What a second attempt asks, where the first one used something up. Default: the same. */
  readonly again?: () => Question;
}
