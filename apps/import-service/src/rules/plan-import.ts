import type { ChangeAction, ChangeResult, PackageEntity, PackageOutcome, Warning } from '@muster/contracts';
import { dependantRule, dependencyRule } from './dependency-rule.js';
import { entityDifference, entityRule } from './entity-rule.js';
import type { CatalogFacts, CurrentExtension, Incoming, Reason } from './facts.js';
import { haRule } from './ha-rule.js';
import type { ImportOptions, ImportPolicy } from './import-options.js';
import { majorRule } from './major-rule.js';
import { duplicateRule, nameRule } from './name-rule.js';
import { needsFirst } from './needs-first.js';
import { platformRule } from './platform-rule.js';
import { policyRule } from './policy-rule.js';
import { skipRule } from './skip-rule.js';
import { together, type Together } from './together.js';
import { versionRule, type VersionVerdict } from './version-rule.js';

/** What an import would do with one of its packages, and every reason against it. */
export interface PackageVerdict<T extends Incoming = Incoming> {
  readonly incoming: T;
  readonly outcome: PackageOutcome;
  /** Absent: nothing is done with it; exactly these bytes are current, or it is left out. */
  readonly action?: Exclude<ChangeAction, 'remove'>;
  readonly current?: CurrentExtension;
  readonly change?: ChangeResult;
  readonly entitiesAdded: readonly PackageEntity[];
  readonly entitiesRemoved: readonly PackageEntity[];
  readonly reasons: readonly Reason[];
  readonly warnings: readonly Warning[];
}

/** One package before its neighbours are looked at. */
interface Weighed<T extends Incoming> {
  readonly incoming: T;
  readonly current: CurrentExtension | undefined;
  readonly version: VersionVerdict;
  readonly skipped: Warning | undefined;
}

/**
 * All rules over the packages of one import, together with what is installed, in the order in which they would be brought:
 * whatever is needed first. Pure: the same question has the same answer.
 */
export function planImport<T extends Incoming>(
  incoming: readonly T[],
  facts: CatalogFacts,
  options: ImportOptions,
  policy: ImportPolicy,
): PackageVerdict<T>[] {
  const installed = new Map(facts.extensions.map((extension) => [extension.name, extension]));
  const weighed = inOrder(incoming).map((one): Weighed<T> => {
    const current = installed.get(one.metadata.name);
    return {
      incoming: one,
      current,
      version: versionRule(one, current, options),
      skipped: skipRule(one, current, options.partial),
    };
  });
  const coming = weighed.filter(({ version, skipped }) => version.action !== undefined && !skipped);
  const all = together(
    coming.map((one) => one.incoming),
    facts.extensions,
  );
  return weighed.map((one) => judge(one, incoming, facts, all, policy));
}

function inOrder<T extends Incoming>(incoming: readonly T[]): T[] {
  const needing = incoming.map((one) => ({
    one,
    name: one.metadata.name,
    dependsOn: one.metadata.dependsOn.map(({ name }) => name),
  }));
  return needsFirst(needing).map(({ one }) => one);
}

function judge<T extends Incoming>(
  { incoming, current, version, skipped }: Weighed<T>,
  sent: readonly Incoming[],
  facts: CatalogFacts,
  all: Together,
  policy: ImportPolicy,
): PackageVerdict<T> {
  const { metadata } = incoming;
  const duplicate = duplicateRule(incoming, sent);
  const ha = haRule(incoming, policy.haCompatibility);
  const common = { incoming, ...(current && { current }), entitiesAdded: [], entitiesRemoved: [] };
  const { action } = version;
  if (action === undefined || skipped) {
    const outcome = duplicate.length > 0 ? 'refused' : skipped ? 'skipped' : 'unchanged';
    // A warning about what is there already is for who imports it, not for who leaves it out.
    const warnings = skipped ? [skipped] : ha.warnings;
    return { ...common, outcome, reasons: duplicate, warnings };
  }
  const owned = facts.owned.filter(({ extension }) => extension === metadata.name);
  const { added, removed } = entityDifference(owned, metadata.entities);
  const major = majorRule(incoming, current, policy.majorUpgrades);
  const platform = platformRule(incoming, policy.platformVersion);
  const reasons = [
    ...duplicate,
    ...policyRule(incoming, policy.allowed),
    ...nameRule(incoming, all),
    ...entityRule(incoming, facts, all),
    ...version.reasons,
    ...major.reasons,
    ...platform.reasons,
    ...ha.reasons,
    ...dependencyRule(incoming, all),
    ...dependantRule(incoming, facts.dependants, all),
  ];
  return {
    ...common,
    outcome: reasons.length > 0 ? 'refused' : action,
    action,
    change: changeOf(incoming, action, current),
    entitiesAdded: added,
    entitiesRemoved: removed,
    reasons,
    warnings: [...version.warnings, ...major.warnings, ...platform.warnings, ...ha.warnings],
  };
}

function changeOf(
  { metadata, sha256 }: Incoming,
  action: ChangeResult['action'],
  current: CurrentExtension | undefined,
): ChangeResult {
  const { name: extension, version } = metadata;
  return { action, extension, version, ...(current && { previousVersion: current.version }), sha256 };
}
