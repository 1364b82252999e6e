/** A tree that stands aside, `.chk` inside, proven to be the package; not yet durable. */
export interface StagedTree {
  readonly path: string;
  readonly sizeBytes: number;
  remove(): Promise<void>;
}
