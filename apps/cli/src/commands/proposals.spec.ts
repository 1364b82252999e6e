import { expect, test } from 'vitest';
import { proposal, PROPOSAL } from '../spec/answers.js';
import { fakeServices, refusal, type Routes } from '../spec/fake-services.js';
import { tryMuster } from '../spec/try-muster.js';

const OTHER = '1f9b2d3e-aaaa-4bbb-8ccc-0123456789ab';
const DATE = { date: 'Tue, 24 Nov 2026 10:00:15 GMT' };
const open = proposal({ 'node-1': 'ready', 'node-2': 'staging' });
const past = proposal(
  { 'node-1': 'ready', 'node-2': { state: 'absent', code: 'node-offline', reason: 'was stopped' } },
  { id: OTHER, state: 'void', settledAt: '2026-11-24T09:57:15.000Z', reason: 'its deadline passed' },
);
const LISTED = { 'GET /proposals': { json: { proposals: [open, past] }, headers: DATE } };

async function muster(routes: Routes, ...args: string[]) {
  const services = await fakeServices({ ...LISTED, ...routes });
  return { ...services, ...(await tryMuster(['proposals', ...args, '--url', services.url])) };
}

test('are listed with what they would change, who is ready, and what became of them', async () => {
  const { exitCode, stdout } = await muster({});
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/ID +STATE +CHANGE +BY +READY +WHEN/);
  expect(stdout).toMatch(/1f0c2d3e +open +install Foo 1\.0\.0 +ana +1 of 2 +4\d s left/);
  expect(stdout).toMatch(/1f9b2d3e +void +install Foo 1\.0\.0 +ana +1 of 2 +3 min ago: its deadline passed/);
  expect((await muster({}, '--quiet')).stdout).toBe(`${PROPOSAL}\n${OTHER}\n`);
  expect(JSON.parse((await muster({}, '--json')).stdout)).toEqual({ proposals: [open, past] });
  const none = await muster({ 'GET /proposals': { json: { proposals: [] } } });
  expect(none.stdout).toContain('muster import YOUR.zip --activate together');
});

test.each([
  [[PROPOSAL], open],
  [['1F0C'], open],
  [['show', '1f0c'], open],
  [['1f9b'], past],
])('%j shows one with its nodes', async (args, view) => {
  const routes = { [`GET /proposals/${view.id}`]: { json: view, headers: DATE } };
  const { exitCode, stdout } = await muster(routes, ...args);
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`Proposal ${view.id}: install Foo 1.0.0`);
  if (view === open) {
    expect(stdout).toMatch(/made .* by ana\n +open, 4\d s left\n/);
    expect(stdout).toMatch(/node-2 +staging +1\d s +fetches/);
    expect(stdout).toContain('muster proposals cancel 1f0c2d3e');
  } else {
    expect(stdout).toMatch(/node-2 +absent +\S+ s +was stopped/);
    expect(stdout).toMatch(/void, 3 min ago: its deadline passed\n/);
    expect(stdout).not.toContain('cancel');
  }
});

test('one is called off', async () => {
  const called = { json: { ...open, state: 'void', reason: 'ana called it off' } };
  const { exitCode, stdout, asked } = await muster({ [`DELETE /proposals/${PROPOSAL}`]: called }, 'cancel', '1f0c');
  expect([exitCode, stdout]).toEqual([0, 'Called off: install Foo 1.0.0. Nothing was changed anywhere.\n']);
  expect(asked.map(({ method, url }) => `${method} ${url.search}`)).toEqual(['GET ?limit=100', 'DELETE ']);
  const late = await muster({ [`DELETE /proposals/${PROPOSAL}`]: refusal(409, 'proposal-over') }, 'cancel', PROPOSAL);
  expect(late.exitCode).toBe(3);
});

test.each([
  ['1f', /\(proposal-ambiguous\): 2 ids begin like this/],
  ['77', /\(proposal-unknown\): none has an id/],
])('%s is none of them', async (id, words) => {
  const { exitCode, stderr } = await muster({}, id);
  expect([exitCode, stderr]).toEqual([3, expect.stringMatching(words)]);
});
