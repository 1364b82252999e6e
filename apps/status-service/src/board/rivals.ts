import type { Heard } from '../model/facts.js';
import type { Rival } from '../model/why/why-facts.js';

/** A second instance that has been silent for so long is gone. */
const GONE_MS = 300_000;
/** The last words of an instance that was replaced may come late; so many are no last words. */
const ALTERNATIONS = 2;

interface Claim {
  readonly first: Heard;
  readonly last: Heard;
  readonly count: number;
}

/** Instances that go on reporting for a node although a later one speaks for it. */
export class Rivals {
  private readonly claims = new Map<string, Claim>();

  /** A report that was passed over because another instance, heard of before it, speaks for the node. */
  note(passed: Heard, known: Heard): void {
    if (passed.report.instance === known.report.instance || passed.receivedAtMs < known.receivedAtMs) return;
    if (passed.report.state !== 'live') return;
    const { node, instance } = passed.report;
    const claim = this.claims.get(node);
    const same = claim?.first.report.instance === instance && claim.last.report.seq < passed.report.seq;
    if (same) this.claims.set(node, { first: claim.first, last: passed, count: claim.count + 1 });
    else if (claim?.first.report.instance !== instance)
      this.claims.set(node, { first: passed, last: passed, count: 1 });
  }

  /** By node, at a moment of the log's clock. */
  at(nowMs: number): Map<string, Rival> {
    const rivals = new Map<string, Rival>();
    for (const [node, { first, last, count }] of this.claims) {
      if (nowMs - last.receivedAtMs > GONE_MS) this.claims.delete(node);
      else if (count >= ALTERNATIONS) rivals.set(node, asRival(first, last));
    }
    return rivals;
  }
}

function asRival(first: Heard, { report, receivedAtMs }: Heard): Rival {
  const { instance, storageId, address } = report;
  const where = address === undefined ? {} : { address };
  return { instance, storageId, ...where, sinceMs: first.receivedAtMs, heardMs: receivedAtMs };
}
