import { expect, test } from 'vitest';
import { heard, NOW } from '../spec/make-facts.js';
import { LatestReports } from './latest-reports.js';

const say = (instance: string, startedAt: string, seq: number, heardMs: number) =>
  heard('node-3', { heardMs, change: { instance, startedAt, seq } });
const OLD = '2026-11-23T10:00:00Z';
const NEW = '2026-11-23T11:00:00Z';

test('two instances that report in turn are rivals, and the later one speaks for the node', () => {
  const reports = new LatestReports();
  reports.take(say('old', OLD, 1, 9_000));
  reports.take(say('new', NEW, 1, 8_000));
  expect(reports.rivals.at(NOW).size).toBe(0);
  reports.take(say('old', OLD, 2, 7_000));
  expect(reports.rivals.at(NOW).size).toBe(0);
  reports.take(say('new', NEW, 2, 6_000));
  reports.take(say('old', OLD, 3, 5_000));
  expect(reports.rivals.at(NOW).get('node-3')).toMatchObject({ instance: 'old', sinceMs: NOW - 7_000 });
  expect(reports.all.get('node-3')?.report.instance).toBe('new');
  expect(reports.rivals.at(NOW + 299_000).size).toBe(0);
});

test('a restart has no rival: late words, a repeated report, and one that stops', () => {
  const reports = new LatestReports();
  reports.take(say('old', OLD, 1, 9_000));
  reports.take(say('new', NEW, 1, 8_000));
  reports.take(say('old', OLD, 2, 7_900));
  reports.take(say('old', OLD, 2, 7_800));
  reports.take(
    heard('node-3', { heardMs: 7_700, change: { instance: 'old', startedAt: OLD, seq: 3, state: 'stopped' } }),
  );
  reports.take(say('new', NEW, 2, 7_000));
  expect(reports.rivals.at(NOW).size).toBe(0);
});
