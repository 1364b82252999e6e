/** A tree that stands aside, `.chk` inside, proven to be the package. */
export interface StagedTree {
  readonly path: string;
  readonly sizeBytes: number;
  /** Whether it outlasts a power cut; once it does it stays so, however many applies it waits for. */
  durable: boolean;
  remove(): Promise<void>;
}
