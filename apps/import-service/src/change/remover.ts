import type { Catalog } from '@muster/catalog';
import type { ImportResult } from '@muster/contracts';
import { HttpProblem } from '@muster/service-kit';
import { randomUUID } from 'node:crypto';
import { extensionUnknown } from '../problems/rollback-problems.js';
import { planRemoval } from '../rules/plan-removal.js';
import type { Attempt } from './attempt.js';
import type { HoldGate } from './hold-gate.js';
import type { LockedChange, PlannedChange } from './locked-change.js';
import { answerOf } from './package-landing.js';
import { withoutExtension } from './wanted-after.js';

export interface RemoverParts {
  readonly catalog: Catalog;
  readonly gate: HoldGate;
  readonly change: LockedChange;
}

export interface RemoveOptions {
  /** The zip is deleted in the same commit; otherwise it is kept for a while, for roll back. */
  readonly purge: boolean;
}

/** A removal: undeploy hook → directory to the trash → one revision. The peers follow. */
export class Remover {
  constructor(private readonly parts: RemoverParts) {}

  async remove(name: string, options: RemoveOptions, attempt: Attempt): Promise<ImportResult> {
    attempt.clock.enter('plan');
    attempt.subject = name;
    await this.parts.gate.refuseHeld();
    await this.plan(name, options, attempt);
    return this.parts.change.run(
      {
        name,
        needs: [],
        purpose: `remove ${name}`,
        hookStep: 'undeploy',
        plan: () => this.plan(name, options, attempt),
        answer: (committed) => ({ ...answerOf(committed), warnings: [] }),
      },
      attempt,
    );
  }

  private async plan(name: string, { purge }: RemoveOptions, { asker, traceparent }: Attempt): Promise<PlannedChange> {
    const wanted = await this.parts.catalog.wanted();
    const verdict = planRemoval(name, wanted.extensions);
    if (verdict.kind === 'absent') throw extensionUnknown(name);
    if (verdict.kind === 'has-dependants') throw hasDependants(name, verdict.dependants);
    const expected = verdict.current.sha256;
    return {
      kind: 'change',
      wanted: withoutExtension(wanted, name),
      expected,
      draft: {
        importId: randomUUID(),
        actor: asker.actor,
        ...(traceparent !== undefined && { traceparent }),
        changes: [{ action: 'remove', extension: name, expected, purge }],
      },
    };
  }
}

function hasDependants(name: string, dependants: readonly string[]): HttpProblem {
  const list = dependants.map((dependant) => `"${dependant}"`).join(', ');
  return new HttpProblem(409, 'has-dependants', `"${name}" is needed by ${list}`, {
    remedy: `Remove ${list} first.`,
    actual: dependants.length,
    limit: 0,
  });
}
