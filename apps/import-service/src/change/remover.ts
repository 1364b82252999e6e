import type { Catalog } from '@muster/catalog';
import type { Blocker, ImportResult, RemovalPlan } from '@muster/contracts';
import { randomUUID } from 'node:crypto';
import { hasDependants, whyBlocked } from '../problems/removal-problems.js';
import { extensionUnknown } from '../problems/rollback-problems.js';
import type { CurrentExtension } from '../rules/facts.js';
import { blockersOf, planRemoval } from '../rules/plan-removal.js';
import type { Attempt } from './attempt.js';
import type { HoldGate } from './hold-gate.js';
import { answerOf } from './landing-plan.js';
import type { LockedChange, PlannedChange } from './locked-change.js';
import { withoutExtensions } from './wanted-after.js';

export interface RemoverParts {
  readonly catalog: Catalog;
  readonly gate: HoldGate;
  readonly change: LockedChange;
}

export interface RemoveOptions {
  /** The zips are deleted in the same commit; otherwise they are kept for a while, for roll back. */
  readonly purge: boolean;
  /** All that need the extension, directly or through others, go with it. */
  readonly cascade: boolean;
}

/** What goes together, in order, and who of it keeps the extension from going alone. */
interface Removal {
  readonly wanted: Awaited<ReturnType<Catalog['wanted']>>;
  readonly going: readonly CurrentExtension[];
  readonly blockers: readonly Blocker[];
}

/** A removal: undeploy hooks → directories to the trash → one revision. The peers follow. */
export class Remover {
  constructor(private readonly parts: RemoverParts) {}

  async remove(name: string, options: RemoveOptions, attempt: Attempt): Promise<ImportResult> {
    attempt.clock.enter('plan');
    attempt.subject = name;
    await this.parts.gate.refuseHeld();
    const { going } = await this.findAllowed(name, options);
    const others = going.length - 1;
    return this.parts.change.run(
      {
        names: going.map((extension) => extension.name),
        needs: [],
        purpose: others === 0 ? `remove ${name}` : `remove ${name} and ${others} that need it`,
        hookStep: 'undeploy',
        plan: async () => asChange(await this.findAllowed(name, options), options, attempt),
        answer: (committed) => ({ ...answerOf(committed), warnings: [] }),
      },
      attempt,
    );
  }

  /** What a removal would do, and all that is against it, a hold too; nothing is changed. */
  async dryRun(name: string, { cascade }: RemoveOptions, attempt: Attempt): Promise<RemovalPlan> {
    attempt.clock.enter('plan');
    attempt.subject = name;
    const { catalog, gate } = this.parts;
    const { wanted, going, blockers } = await this.find(name);
    const blocked = blockers.length > 0 && !cascade ? [whyBlocked(name, blockers)] : [];
    const reasons = [...(await gate.reasons()), ...blocked];
    const leaving = cascade ? going : going.slice(-1);
    return {
      dryRun: true,
      accepted: reasons.length === 0,
      revision: wanted.revision,
      changes: leaving.map((extension) => ({
        action: 'remove',
        extension: extension.name,
        version: extension.version,
        sha256: extension.sha256,
      })),
      entitiesRemoved: await catalog.entities.ownedBy(leaving.map((extension) => extension.name)),
      blockers: [...blockers],
      reasons,
      warnings: [],
    };
  }

  private async findAllowed(name: string, { cascade }: RemoveOptions): Promise<Removal> {
    const removal = await this.find(name);
    if (removal.blockers.length > 0 && !cascade) throw hasDependants(name, removal.blockers);
    return removal;
  }

  /** @throws HttpProblem 404 `extension-unknown` */
  private async find(name: string): Promise<Removal> {
    const { catalog } = this.parts;
    const wanted = await catalog.wanted();
    const going = planRemoval(name, wanted.extensions);
    if (going === undefined) throw extensionUnknown(name);
    if (going.length === 1) return { wanted, going, blockers: [] };
    const dependants = await catalog.extensions.dependants(going.map((extension) => extension.name));
    return { wanted, going, blockers: blockersOf(going, dependants) };
  }
}

function asChange({ wanted, going }: Removal, { purge }: RemoveOptions, attempt: Attempt): PlannedChange {
  const { asker, traceparent } = attempt;
  return {
    kind: 'change',
    wanted: withoutExtensions(
      wanted,
      going.map(({ name }) => name),
    ),
    draft: {
      importId: randomUUID(),
      actor: asker.actor,
      ...(traceparent !== undefined && { traceparent }),
      changes: going.map(({ name, sha256 }) => ({ action: 'remove', extension: name, expected: sha256, purge })),
    },
  };
}
