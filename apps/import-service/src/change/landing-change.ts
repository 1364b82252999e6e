import type { Catalog, DraftInstall } from '@muster/catalog';
import { randomUUID } from 'node:crypto';
import { acceptedUnmet } from '../rules/dependency-rule.js';
import type { Attempt } from './attempt.js';
import type { PlannedChange } from './locked-change.js';
import type { Planned } from './planned.js';
import type { PreparedPackages } from './prepared-packages.js';
import type { SentPackage } from './sent-package.js';
import { withPackages } from './wanted-after.js';

/** The change that brings all packages which the plan does something with; each was prepared. */
export function asLandingChange(
  { verdicts, wanted, facts }: Planned<SentPackage>,
  prepared: PreparedPackages,
  catalog: Pick<Catalog, 'blobs' | 'manifest'>,
  { asker, traceparent }: Attempt,
): PlannedChange {
  const coming = verdicts.flatMap(({ action, current, incoming }) =>
    action === undefined ? [] : [{ action, expected: current?.sha256 ?? null, ...prepared.of(incoming) }],
  );
  const manifests = new Map(coming.map(({ package: next }) => [next.sha256, next.manifest]));
  return {
    kind: 'change',
    wanted: withPackages(
      wanted,
      coming.map((one) => ({ package: one.package, succeeds: one.formerOwners })),
    ),
    draft: {
      importId: randomUUID(),
      actor: asker.actor,
      ...(traceparent !== undefined && { traceparent }),
      changes: coming.map(({ action, package: next, expected }): DraftInstall => ({ action, package: next, expected })),
      acceptUnmet: coming.flatMap((one) => acceptedUnmet(one.package, facts.dependants)),
    },
    apply: {
      staged: coming.map(({ package: { sha256 }, directory, contents }) => ({ sha256, directory, contents })),
      sources: [prepared.workspace.asSource(coming.map(({ sent }) => sent.zip)), catalog.blobs],
      catalog: {
        manifest: async (sha256) => manifests.get(sha256) ?? catalog.manifest(sha256),
      },
    },
  };
}
