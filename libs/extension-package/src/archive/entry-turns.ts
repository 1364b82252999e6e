const NEXT = 0;
const STATE = 1;
const RECALLED = 2;
const WORDS = 3;

const WAITING = 0;
const BEGUN = 1;
const STOPPED = 2;

/** No package has so many entries; a billion turns more can be taken before the counter would wrap. */
const PAST_ALL = 2 ** 30;

/**
 * Who reads which entry of one package: threads take the next from one counter, so that the work balances by itself. The
 * leading thread begins when it has accepted the package and made its directories; before that nobody takes a turn.
 *
 * Turns are taken in the order of the entries, and a turn once taken is finished whatever happens elsewhere: so the first bad
 * entry is always among those that were read, and one thread and two name the same one.
 */
export class EntryTurns {
  readonly #words: Int32Array;
  #at = -1;

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
  }

  constructor(
    memory: SharedArrayBuffer,
    private readonly isHelper: boolean,
  ) {
    this.#words = new Int32Array(memory);
  }

  /** Index of the entry that this thread took last: -1 before its first turn, past all entries after its last. */
  get at(): number {
    return this.#at;
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, STATE) === STOPPED;
  }

  begin(): void {
    Atomics.compareExchange(this.#words, STATE, WAITING, BEGUN);
    Atomics.notify(this.#words, STATE);
  }

  /** Blocks until the leading thread begins or stops. Whether there may be something to do. */
  awaitBegin(timeoutMs: number): boolean {
    Atomics.wait(this.#words, STATE, WAITING, timeoutMs);
    return Atomics.load(this.#words, STATE) === BEGUN;
  }

  /** Index of the next entry for this thread; past all entries where none is left, or none is left for it. */
  take(): number {
    const isRecalled = this.isHelper && Atomics.load(this.#words, RECALLED) !== 0;
    this.#at = isRecalled ? PAST_ALL : Atomics.add(this.#words, NEXT, 1);
    return this.#at;
  }

  /** No thread begins another entry. */
  stop(): void {
    Atomics.store(this.#words, NEXT, PAST_ALL);
    Atomics.store(this.#words, STATE, STOPPED);
    Atomics.notify(this.#words, STATE);
  }

  /** Helpers begin no other entry: somebody else waits for their threads. */
  recallHelpers(): void {
    Atomics.store(this.#words, RECALLED, 1);
  }
}
