/** Who holds a lock, as it says so itself in the lock file. */
export interface LockHolder {
  readonly service: string;
  readonly node: string;
  readonly pid: number;
  /** What for, in plain words. */
  readonly purpose: string;
  readonly revision?: number;
  /** RFC 3339. */
  readonly since: string;
}
