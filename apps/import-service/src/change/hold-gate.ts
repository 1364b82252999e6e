import { UNFREEZE, describeFreeze, type Catalog } from '@muster/catalog';
import { HttpProblem } from '@muster/service-kit';
import type { Reason } from '../rules/facts.js';

/**
 * Whether changes are taken at all: not while the catalog is frozen, nor while the node on which they would be made first is
 * paused. A freeze is asked for once more by the commit itself; a pause that comes while a change is under way lets it end.
 */
export class HoldGate {
  constructor(
    private readonly catalog: Pick<Catalog, 'freeze' | 'nodes'>,
    private readonly node: string,
  ) {}

  /** @throws HttpProblem 409 `frozen`, `node-paused` */
  async refuseHeld(): Promise<void> {
    const [reason] = await this.reasons();
    if (reason === undefined) return;
    throw new HttpProblem(409, reason.code, reason.detail, { remedy: reason.remedy });
  }

  /** Every hold that keeps changes off now; none as a rule. */
  async reasons(): Promise<Reason[]> {
    const { catalog, node } = this;
    const [frozen, [origin]] = await Promise.all([catalog.freeze.current(), catalog.nodes.find([node])]);
    const reasons: Reason[] = [];
    if (frozen !== undefined) reasons.push({ code: 'frozen', detail: describeFreeze(frozen), remedy: UNFREEZE });
    if (origin?.paused !== undefined) {
      const { actor, since, reason } = origin.paused;
      reasons.push({
        code: 'node-paused',
        detail: `${node}, on which this service makes its changes, was paused by ${actor} at ${since} and takes nothing: ${reason}`,
        remedy: `DELETE /nodes/${node}/pause resumes it; or send this to another origin.`,
      });
    }
    return reasons;
  }
}
