import { expect, it } from 'vitest';
import { sampleReport } from '../../conformance/index.js';
import { LatestReports } from './latest-reports.js';

const EARLY = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-02T00:00:00.000Z';

function given(latest: LatestReports): string[] {
  const all: string[] = [];
  for (let next = latest.take(); next; next = latest.take())
    all.push(`${next.report.node} ${next.report.instance} ${next.report.seq}`);
  return all;
}

it('gives of each node the latest only, once, in the order in which those came', () => {
  const latest = new LatestReports();
  latest.add({ report: sampleReport('node-1', 'a', EARLY, 1), receivedAtMs: 1 });
  latest.add({ report: sampleReport('node-2', 'b', EARLY, 1), receivedAtMs: 2 });
  latest.add({ report: sampleReport('node-1', 'a', EARLY, 2), receivedAtMs: 3 });
  expect(given(latest)).toEqual(['node-2 b 1', 'node-1 a 2']);
  latest.add({ report: sampleReport('node-1', 'a', EARLY, 2), receivedAtMs: 4 });
  latest.add({ report: sampleReport('node-1', 'a', EARLY, 1), receivedAtMs: 5 });
  expect(given(latest)).toEqual([]);
});

it('lets an instance that started earlier in only after a minute of silence', () => {
  const latest = new LatestReports();
  latest.add({ report: sampleReport('node-1', 'new', LATER, 5), receivedAtMs: 1_000 });
  latest.add({ report: sampleReport('node-1', 'old', EARLY, 9), receivedAtMs: 61_000 });
  expect(given(latest)).toEqual(['node-1 new 5']);
  latest.add({ report: sampleReport('node-1', 'old', EARLY, 10), receivedAtMs: 61_001 });
  expect(given(latest)).toEqual(['node-1 old 10']);
});
