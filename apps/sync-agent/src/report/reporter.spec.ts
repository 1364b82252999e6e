import { describe, expect, test } from 'vitest';
import type { NodeReport } from '@muster/contracts';
import { createLogger } from '@muster/service-kit';
import { waitFor } from '@muster/testing';
import { Reporter } from './reporter.js';

const logger = createLogger({ name: 'test', level: 'silent' });

/** A report log whose sends end when told. */
class Log {
  readonly sent: number[] = [];
  fail = false;
  private release: (() => void)[] = [];
  hold = false;

  async send(report: NodeReport): Promise<void> {
    if (this.fail) throw new Error('away');
    if (this.hold) await new Promise<void>((resolve) => this.release.push(resolve));
    this.sent.push(report.seq);
  }

  letGo(): void {
    this.hold = false;
    for (const release of this.release.splice(0)) release();
  }
}

function reporter(log: Log, maySend = () => true): Reporter {
  return new Reporter({ reports: log, build: (seq) => ({ seq }) as NodeReport, maySend, logger });
}

describe('reports', () => {
  test('a proof goes at once; what changes meanwhile follows in one more', async () => {
    const log = new Log();
    log.hold = true;
    const reports = reporter(log);
    const first = reports.send();
    for (let index = 0; index < 20; index += 1) void reports.send();
    log.letGo();
    await first;
    expect(log.sent).toEqual([1, 2]);
  });

  test('small changes are gathered, and the last is always sent', async () => {
    const log = new Log();
    const reports = reporter(log);
    for (let index = 0; index < 50; index += 1) reports.note();
    await waitFor(() => log.sent.length === 1, { deadlineMs: 2_000, what: 'the gathered report' });
    reports.note();
    await waitFor(() => log.sent.length === 2, { deadlineMs: 2_000, what: 'the last report' });
  });

  test('one that failed is followed by a newer one by itself', async () => {
    const log = new Log();
    log.fail = true;
    const reports = reporter(log);
    await reports.send();
    expect(log.sent).toEqual([]);
    log.fail = false;
    await waitFor(() => log.sent.length === 1, { deadlineMs: 5_000, what: 'the report after the outage' });
    expect(log.sent).toEqual([2]);
    await reports.close();
  });

  test('who has not enrolled says nothing; after the last word nothing follows', async () => {
    const log = new Log();
    let member = false;
    const reports = reporter(log, () => member);
    await reports.send();
    expect(log.sent).toEqual([]);
    member = true;
    await reports.close();
    expect(log.sent).toEqual([1]);
    reports.note();
    await reports.send();
    expect(log.sent).toEqual([1]);
  });
});
