import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildPackage, waitFor } from '@muster/testing';
import type { ImportResult } from '@muster/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from './cluster.js';

const folder = path.resolve(import.meta.dirname, '../docs/monitoring');
const FILES = ['grafana-dashboard.json', 'alerts.yaml', 'README.md'];
const OURS = /\b(?:muster|http|process|nodejs)_[a-z0-9_]*[a-z0-9]\b/g;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ nodes: 2 });
});
afterAll(() => cluster?.down());

async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

describe('what the files for Prometheus and Grafana name', () => {
  test('is really told by the services', async () => {
    const urls = [cluster.importUrl(), cluster.statusUrl, cluster.agentUrl('node-1')];
    const told = new Set<string>();
    for (const text of await Promise.all(urls.map(metricsOf))) {
      for (const [, name] of text.matchAll(/^# TYPE (\S+) /gm)) told.add(name ?? '');
    }
    for (const file of FILES) {
      const text = await readFile(path.join(folder, file), 'utf8');
      const named = new Set([...text.matchAll(OURS)].map(([name]) => name.replace(/_(?:bucket|sum|count)$/, '')));
      expect(named.size, file).toBeGreaterThan(8);
      expect(
        [...named].filter((name) => !told.has(name)),
        file,
      ).toEqual([]);
    }
  });

  test('has an alert for each that README names, and no other', async () => {
    const [alerts = '', readme = ''] = await Promise.all(
      ['alerts.yaml', 'README.md'].map((name) => readFile(path.join(folder, name), 'utf8')),
    );
    const defined = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    const described = [...readme.matchAll(/^\| `(Muster\w+)`/gm)].map(([, name]) => name);
    expect(described).toEqual(defined);
    expect(defined.length).toBeGreaterThan(7);
  });
});

test('an import through the address of the page converges, and its time is told by stage', async () => {
  const zip = buildPackage({ name: 'Watched', version: '1.0.0' });
  const answer = await fetch(`${cluster.statusUrl}/imports`, {
    method: 'POST',
    body: new Uint8Array(zip),
    headers: {
      'content-type': 'application/zip',
      origin: cluster.statusUrl,
      'sec-fetch-site': 'same-origin',
    },
  });
  const body = (await answer.json()) as ImportResult;
  expect(answer.status, JSON.stringify(body)).toBe(201);
  const { revision } = body;
  expect((await cluster.convergence(revision)).state).toBe('converged');
  const told = await waitFor(
    async () => {
      const text = await metricsOf(cluster.statusUrl);
      return /muster_convergence_stage_seconds_count\{[^}]*stage="deploy"[^}]*\} [1-9]/.test(text) ? text : undefined;
    },
    { what: 'the stages of the revision' },
  );
  const sum = (name: string): number =>
    [...told.matchAll(new RegExp(`^${name}_sum(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce(
      (all, [, value]) => all + Number(value),
      0,
    );
  const total = sum('muster_commit_to_last_node_seconds');
  expect(sum('muster_convergence_stage_seconds')).toBeGreaterThan(0);
  expect(sum('muster_convergence_stage_seconds')).toBeLessThan(total + 1);
  expect(told).toMatch(/muster_node_in_sync\{[^}]*node="node-2"[^}]*\} 1/);
  expect(told).toMatch(/muster_converged\{[^}]*\} 1/);
});
