/** What a request says of the versions that it brings. */
export interface ImportOptions {
  /** Takes the same version with other bytes. */
  readonly force: boolean;
  /** Takes a version that is lower than the installed one. */
  readonly allowDowngrade: boolean;
  /** `skip-installed`: what is installed in the same version or a newer one is left out, and the rest is taken. */
  readonly partial: 'none' | 'skip-installed';
}

/** Settings of the service, by the name under which ThingWorx has them in its import policy. */
export const POLICY_FLAGS = [
  'MUSTER_IMPORT_ENABLED',
  'MUSTER_ALLOW_ENTITIES',
  'MUSTER_ALLOW_EXTENSIBLE_ENTITIES',
  'MUSTER_ALLOW_JAR_RESOURCES',
  'MUSTER_ALLOW_JAVASCRIPT_RESOURCES',
  'MUSTER_ALLOW_CSS_RESOURCES',
  'MUSTER_ALLOW_JSON_RESOURCES',
  'MUSTER_ALLOW_WEB_APP_RESOURCES',
] as const;
export type PolicyFlag = (typeof POLICY_FLAGS)[number];

/** What the service takes at all. */
export interface ImportPolicy {
  readonly majorUpgrades: 'accept' | 'refuse';
  /** Absent: what a package demands of its platform is not checked. */
  readonly platformVersion?: string;
  readonly haCompatibility: 'warn' | 'deny';
  readonly allowed: Readonly<Record<PolicyFlag, boolean>>;
}

/** Where nothing is forbidden. */
export const ALL_ALLOWED = Object.fromEntries(POLICY_FLAGS.map((flag) => [flag, true])) as ImportPolicy['allowed'];

/** A roll back: that a version goes down, or that bytes of the same one come back, is what is meant. */
export const ROLL_BACK: ImportOptions = { force: true, allowDowngrade: true, partial: 'none' };

/** The same of its policy: these bytes were let in before; what they demand of the platform holds as ever. */
export function policyOfRollBack(policy: ImportPolicy): ImportPolicy {
  return { ...policy, majorUpgrades: 'accept', allowed: ALL_ALLOWED };
}
