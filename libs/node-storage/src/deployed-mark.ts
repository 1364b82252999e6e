import { EMPTY_CHAIN, TREE_DIGEST_VERSION, extensionNameSchema, sha256Schema, versionSchema } from '@muster/contracts';

export const MARK_VERSION = 1;

/**
 * What was put in place of one extension and how far its hook came: `.muster/deployed/<name>`. It is written before the
 * directory changes, so a crash never makes a directory of ours look foreign. `revision` and `chain` are a point of history
 * that the catalog had when it was written.
 */
export interface DeployedMark {
  readonly markVersion: typeof MARK_VERSION;
  readonly name: string;
  readonly version: string;
  /** sha256 of the zip. */
  readonly sha256: string;
  readonly treeDigest: string;
  readonly treeDigestVersion: number;
  /** What it needed when it was put there: those are removed after it. */
  readonly dependsOn: readonly string[];
  readonly catalogId: string;
  readonly revision: number;
  readonly chain: string;
  readonly state: 'installing' | 'installed' | 'removing';
  /** How the hook for `state` came out: the deploy hook, or for `removing` the undeploy hook. */
  readonly hook: 'pending' | 'done' | 'failed';
  /** Starts of that hook, each recorded before it begins. */
  readonly attempts: number;
  /** RFC 3339. */
  readonly at: string;
  /** The order on whose behalf its hook ran, so that a replay with `redeploy` that was interrupted goes on where it was. */
  readonly order?: string;
  /** While `installing`: what stood there before, so that a crash does not forget it. It has no `previous` itself. */
  readonly previous?: DeployedMark;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

/** The mark that a file's text holds; undefined where it holds none of this version and name. */
export function parseMark(text: string, name: string): DeployedMark | undefined {
  try {
    return checkMark(JSON.parse(text) as Partial<DeployedMark> | null, name);
  } catch {
    return undefined;
  }
}

function checkMark(value: Partial<DeployedMark> | null, expectedName: string): DeployedMark | undefined {
  if (typeof value !== 'object' || value === null || value.markVersion !== MARK_VERSION || value.name !== expectedName)
    return undefined;
  const whole =
    extensionNameSchema.safeParse(value.name).success &&
    versionSchema.safeParse(value.version).success &&
    [value.sha256, value.treeDigest, value.chain].every((digest) => sha256Schema.safeParse(digest).success) &&
    [value.treeDigestVersion, value.revision, value.attempts].every(isCount) &&
    typeof value.catalogId === 'string' &&
    Array.isArray(value.dependsOn) &&
    value.dependsOn.every((name) => typeof name === 'string') &&
    ['installing', 'installed', 'removing'].includes(value.state ?? '') &&
    ['pending', 'done', 'failed'].includes(value.hook ?? '') &&
    typeof value.at === 'string' &&
    (value.order === undefined || typeof value.order === 'string') &&
    (value.previous === undefined || checkMark(value.previous, expectedName) !== undefined);
  return whole ? (value as DeployedMark) : undefined;
}

/**
 * Stands for a mark whose file cannot be understood: the directory is ours, but nothing about it is known. It matches no
 * package and tells of no history.
 */
export function unreadableMark(name: string): DeployedMark {
  const nothing = EMPTY_CHAIN;
  return {
    markVersion: MARK_VERSION,
    name,
    version: '0',
    sha256: nothing,
    treeDigest: nothing,
    treeDigestVersion: TREE_DIGEST_VERSION,
    dependsOn: [],
    catalogId: '',
    revision: 0,
    chain: EMPTY_CHAIN,
    state: 'installing',
    hook: 'pending',
    attempts: 0,
    at: new Date(0).toISOString(),
  };
}

/** Whether this is more than what stands for a mark that could not be understood. */
export function isReadable(mark: DeployedMark): boolean {
  return mark.catalogId !== '';
}

/** Whether the mark says that its extension stands deployed, its hook run to the end. */
export function isDeployed(mark: DeployedMark | undefined): boolean {
  return mark?.state === 'installed' && mark.hook === 'done';
}

/**
 * Whether what stands there goes whatever is in it: its mark tells of another zip. Not so for an interrupted installation,
 * where the tree tells which of two versions it is, nor for a mark that could not be understood, which may be the right one.
 */
export function isOutdated(mark: DeployedMark, wantedSha256: string | undefined): boolean {
  return mark.previous === undefined && isReadable(mark) && mark.sha256 !== wantedSha256;
}
