import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPackage, temporaryDirectory, waitFor } from '@muster/testing';
import { Cluster } from './cluster.js';
import { beginMuster, runMuster, type Ended } from './muster-program.js';

/** The command line as people and scripts use it, against a real cluster. */
describe('the command line', () => {
  let cluster: Cluster;
  let directory: string;
  /** While it exists, the deploy hook of node-2 fails; while `slow` does, it takes long. */
  let failing: string;
  let slow: string;

  beforeAll(async () => {
    directory = await temporaryDirectory('cli');
    failing = path.join(directory, 'failing');
    slow = path.join(directory, 'slow');
    const hook = path.join(directory, 'hook.sh');
    const lines = [
      '#!/bin/sh',
      `[ "$MUSTER_ACTION" = deploy ] && [ -e ${failing} ] && { echo "licence missing" >&2; exit 3; }`,
      `while [ -e ${slow} ]; do sleep 0.1; done`,
      'exit 0',
    ];
    await writeFile(hook, `${lines.join('\n')}\n`, { mode: 0o755 });
    cluster = await Cluster.start({ hooks: [`node-2=${hook}`] });
  });
  afterAll(() => cluster.down());

  const muster = (...args: string[]): Promise<Ended> => runMuster(cluster, directory, args);

  async function packed(name: string, version = '1.0.0', more: Partial<Parameters<typeof buildPackage>[0]> = {}) {
    const file = path.join(directory, `${name}_${version}.zip`);
    await writeFile(file, buildPackage({ name, version, ...more }));
    return file;
  }

  async function revision(): Promise<number> {
    return (JSON.parse((await muster('list', '--json')).stdout) as { revision: number }).revision;
  }

  function directoryOf(node: string, name: string): string {
    return path.join(cluster.extension(node, name), `${name}.chk`);
  }

  test('import brings packages to every node, in order, and says so', async () => {
    const base = await packed('Base');
    const widgets = await packed('Widgets', '1.0.0', { dependsOn: [{ name: 'Base', version: '1.0.0' }] });
    const { exitCode, stdout, stderr } = await muster('import', base, widgets);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /Base 1.0.0 +install +committed as revision 1[\s\S]*Widgets 1.0.0 +install +committed as revision 2/,
    );
    expect(stdout).toMatch(/Converged at revision 2 on 3 of 3 nodes/);
    for (const node of cluster.nodeIds) expect(existsSync(directoryOf(node, 'Widgets'))).toBe(true);
    const status = await muster('status');
    expect([status.exitCode, status.stdout]).toEqual([0, expect.stringMatching(/^Converged at revision 2 on 3 nodes/)]);
  });

  test('through the status-service alone, as the page is reached', async () => {
    const { exitCode, stdout } = await muster('list', '--quiet', '--url', cluster.statusUrl);
    expect([exitCode, stdout]).toEqual([0, 'Base\nWidgets\n']);
  });

  test('a refusal ends with 3, changes nothing, and says what to do', async () => {
    const before = await revision();
    const needy = await packed('Needy', '1.0.0', { dependsOn: [{ name: 'Absent', version: '1.0.0' }] });
    const validated = await muster('validate', needy);
    expect([validated.exitCode, validated.stderr]).toEqual([
      3,
      expect.stringContaining('would be refused (dependency-missing)'),
    ]);
    const imported = await muster('import', needy, '--json');
    expect(imported.exitCode).toBe(3);
    expect(JSON.parse(imported.stdout)).toMatchObject({ error: { code: 'dependency-missing', exitCode: 3 } });
    const unknown = await muster('show', 'Widgts');
    expect([unknown.exitCode, unknown.stderr]).toEqual([3, expect.stringContaining('Did you mean Widgets?')]);
    const needed = await muster('remove', 'Base', '--yes');
    expect([needed.exitCode, needed.stderr]).toEqual([3, expect.stringContaining('has-dependants')]);
    expect(await revision()).toBe(before);
  });

  test('export gives the bytes back', async () => {
    const { exitCode } = await muster('export', 'Widgets', '--output', 'back.zip');
    expect(exitCode).toBe(0);
    expect(readFileSync(path.join(directory, 'back.zip'))).toEqual(
      readFileSync(path.join(directory, 'Widgets_1.0.0.zip')),
    );
  });

  test('a hook that fails on one node: 4, why, retry', async () => {
    await writeFile(failing, '');
    const { exitCode, stdout, stderr } = await muster('import', await packed('Widgets', '1.1.0'));
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/node-1 +upgraded/);
    expect(stdout).toMatch(/node-2 +failed +.*licence missing/);
    expect(stderr).toContain('muster retry node-2 Widgets');
    const why = await muster('why', 'node-2', 'Widgets', '--json');
    expect(JSON.parse(why.stdout)).toMatchObject({
      ok: false,
      causes: [{ cause: 'hook-failed', command: 'muster retry node-2 Widgets' }],
    });
    expect((await muster('why', 'node-2', 'Widgets')).stdout).toMatch(
      /licence missing[\s\S]*To clear it: .*\n +\$ muster retry node-2 Widgets/,
    );
    expect((await muster('retry', 'node-2', 'Widgets')).exitCode).toBe(4);
    await rm(failing);
    // The node may have tried again by itself just then.
    expect((await muster('retry', 'node-2', 'Widgets')).exitCode).toBe(0);
    expect((await muster('wait', '--revision', String(await revision()))).exitCode).toBe(0);
    expect((await muster('why')).stdout).toContain('All 3 nodes prove everything');
  });

  test('roll back: the earlier version everywhere, as a new revision', async () => {
    const before = await revision();
    const { exitCode, stdout } = await muster('rollback', 'Widgets', '1.0.0');
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining(`Widgets 1.1.0 → 1.0.0   downgrade   committed as revision ${before + 1}`),
    ]);
    const unknown = await muster('rollback', 'Widgets', '9.9');
    expect([unknown.exitCode, unknown.stderr]).toEqual([3, expect.stringContaining('version-unknown')]);
    const old = await muster('export', 'Widgets', '--version', '1.1.0', '--output', 'old.zip');
    expect(old.exitCode).toBe(0);
    expect(readFileSync(path.join(directory, 'old.zip'))).toEqual(
      readFileSync(path.join(directory, 'Widgets_1.1.0.zip')),
    );
  });

  test('wait ends with 5 in time while a node still works, and with 7 once a later revision came', async () => {
    await writeFile(slow, '');
    const imported = await muster('import', await packed('Slow', '1.0.0'), '--no-wait', '--quiet');
    expect(imported.exitCode).toBe(0);
    const first = imported.stdout.trim();
    const startedAt = performance.now();
    const late = await muster('wait', '--revision', first, '--timeout', '500ms');
    expect([late.exitCode, late.stderr]).toEqual([5, expect.stringContaining('timed-out')]);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    const second = (await muster('import', await packed('Slow', '1.1.0'), '--no-wait', '--quiet')).stdout.trim();
    expect((await muster('wait', '--revision', first, '--timeout', '20s')).exitCode).toBe(7);
    expect((await muster('wait', '--revision', second, '--nodes', 'node-1,node-3')).exitCode).toBe(0);
    expect((await muster('wait', '--revision', second, '--quorum', 'majority')).exitCode).toBe(0);
    await rm(slow);
    expect((await muster('wait', '--revision', second)).exitCode).toBe(0);
    expect((await muster('wait', '--revision', '999')).exitCode).toBe(3);
  });

  test('pause: the node takes nothing and is absent, 6; resume: it takes what it missed', async () => {
    expect((await muster('pause', 'node-3', '--reason', 'new disks')).exitCode).toBe(0);
    const imported = await muster('import', await packed('Paused'), '--timeout', '3s', '--json');
    expect(imported.exitCode).toBe(6);
    expect(JSON.parse(imported.stdout)).toMatchObject({ convergence: { state: 'absent' }, error: { exitCode: 6 } });
    expect(existsSync(directoryOf('node-3', 'Paused'))).toBe(false);
    expect((await muster('status')).stdout).toMatch(/node-3 +\d+ +paused .*new disks/);
    expect((await muster('why', 'node-3')).stdout).toMatch(/new disks[\s\S]*muster resume node-3/);
    expect((await muster('resume', 'node-3')).exitCode).toBe(0);
    expect((await muster('wait')).exitCode).toBe(0);
    expect(existsSync(directoryOf('node-3', 'Paused'))).toBe(true);
  });

  test('freeze: 8, and the refusal repeats the reason', async () => {
    const before = await revision();
    expect((await muster('freeze', '--reason', 'release day, ask ana')).exitCode).toBe(0);
    const refused = await muster('import', await packed('Frozen'));
    expect([refused.exitCode, refused.stderr]).toEqual([8, expect.stringMatching(/\(frozen\).*release day, ask ana/)]);
    expect((await muster('status')).stdout).toContain('release day, ask ana');
    expect((await muster('unfreeze')).exitCode).toBe(0);
    expect(await revision()).toBe(before);
    expect((await muster('import', await packed('Frozen'))).exitCode).toBe(0);
  });

  test('Ctrl-C while a node still works: 130, and the revision comes to every node', async () => {
    await writeFile(slow, '');
    const child = beginMuster(cluster, directory, ['import', await packed('Left')]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await waitFor(() => /node-1 +installed/.test(output), { what: () => `node-1 to have it; it said:\n${output}` });
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(130);
    expect(output).toMatch(/Revision \d+ is committed, and the nodes go on without you/);
    await rm(slow);
    expect((await muster('wait')).exitCode).toBe(0);
    expect(existsSync(directoryOf('node-2', 'Left'))).toBe(true);
  });

  test('replay, resync and verify mend, and say what they did', async () => {
    const preview = await muster('replay', '--from', '1', '--nodes', 'node-1', '--preview');
    expect([preview.exitCode, preview.stdout]).toEqual([0, expect.stringMatching(/NODE +INSTALLS[\s\S]*node-1/)]);
    const replayed = await muster('replay', '--from', '1', '--nodes', 'node-1');
    expect([replayed.exitCode, replayed.stdout]).toEqual([0, expect.stringContaining('Replayed on 1 node')]);
    for (const kind of ['verify', 'resync']) {
      const { exitCode, stdout } = await muster(kind, 'node-1');
      expect([exitCode, stdout]).toEqual([0, expect.stringContaining('all are as they should be')]);
    }
  });

  test('remove takes it from every node; nobody is asked without a terminal', async () => {
    const asked = await muster('remove', 'Left');
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining('Say --yes')]);
    expect((await muster('remove', 'Left', '--yes')).exitCode).toBe(0);
    for (const node of cluster.nodeIds) expect(existsSync(cluster.extension(node, 'Left'))).toBe(false);
  });

  test('what was done can be read', async () => {
    const revisions = await muster('revisions', '--json', '--limit', '2');
    expect(JSON.parse(revisions.stdout)).toMatchObject({
      revisions: [{ changes: [{ action: 'remove', extension: 'Left' }] }, {}],
    });
    expect((await muster('revisions', '1')).stdout).toMatch(/Revision 1: install Base 1.0.0[\s\S]*node-3/);
    const history = await muster('history', '--node', 'node-2', '--extension', 'Widgets', '--json');
    const { actions } = JSON.parse(history.stdout) as { actions: { node: string; outcome: string; code?: string }[] };
    expect(actions.length).toBeGreaterThan(2);
    expect(actions.every(({ node }) => node === 'node-2')).toBe(true);
    expect(actions.some(({ outcome, code }) => outcome === 'parked' && code === 'hook-failed')).toBe(true);
  });

  test('a watch writes a line of JSON for each message', async () => {
    const child = beginMuster(cluster, directory, ['status', '--watch', '--json']);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const types = () =>
      output
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type);
    await waitFor(() => output.includes('\n') && types()[0] === 'board', {
      what: () => `the board; it said:\n${output}`,
    });
    await muster('freeze', '--reason', 'to be seen');
    await waitFor(() => output.includes('to be seen'), { what: () => `the freeze; it said:\n${output}` });
    await muster('unfreeze');
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(130);
  });
});
