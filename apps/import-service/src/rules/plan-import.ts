import type { ChangeAction, ChangeResult, PackageEntity, PackageMetadata, Warning } from '@muster/contracts';
import { dependantRule, dependencyRule } from './dependency-rule.js';
import { entityDifference, entityRule } from './entity-rule.js';
import type { CatalogFacts, CurrentExtension, Incoming, Reason } from './facts.js';
import { nameRule } from './name-rule.js';
import { versionRule } from './version-rule.js';

/** What an import would do to the catalog, and every reason against it. */
export interface ImportVerdict {
  /** Absent: exactly these bytes are current. */
  readonly action?: Exclude<ChangeAction, 'remove'>;
  readonly current?: CurrentExtension;
  readonly changes: readonly ChangeResult[];
  readonly entitiesAdded: readonly PackageEntity[];
  readonly entitiesRemoved: readonly PackageEntity[];
  readonly reasons: readonly Reason[];
  readonly warnings: readonly Warning[];
}

/** All rules over one package and one state of the catalog. Pure: the same question has the same answer. */
export function planImport(
  incoming: Incoming,
  facts: CatalogFacts,
  options: { readonly force: boolean; readonly allowDowngrade?: boolean },
): ImportVerdict {
  const { metadata, sha256 } = incoming;
  const current = facts.extensions.find(({ name }) => name === metadata.name);
  const { action, reasons, warnings } = versionRule(incoming, current, options);
  const { added, removed } = entityDifference(facts.owned, metadata.entities);
  const common = { ...(current && { current }), warnings: [...warnings, ...packageWarnings(metadata)] };
  if (action === undefined) return { ...common, changes: [], entitiesAdded: [], entitiesRemoved: [], reasons: [] };
  const change: ChangeResult = {
    action,
    extension: metadata.name,
    version: metadata.version,
    ...(current && { previousVersion: current.version }),
    sha256,
  };
  return {
    ...common,
    action,
    changes: [change],
    entitiesAdded: added,
    entitiesRemoved: removed,
    reasons: [
      ...nameRule(incoming, facts),
      ...entityRule(incoming, facts),
      ...reasons,
      ...dependencyRule(incoming, facts),
      ...dependantRule(incoming, facts),
    ],
  };
}

function packageWarnings({ name, haCompatible }: PackageMetadata): Warning[] {
  if (haCompatible !== false) return [];
  return [
    {
      code: 'not-ha-compatible',
      detail: `"${name}" says of itself that it is not made for a cluster (haCompatible="false")`,
    },
  ];
}
