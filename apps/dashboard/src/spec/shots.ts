import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { findBrowser, startBrowser } from './browser.js';
import { OFFLINE } from './make-proposal.js';
import { FakeServer } from './fake-server.js';
import type { ScenarioName } from './scenarios.js';

interface Shot {
  readonly name: string;
  readonly scenario: ScenarioName;
  readonly address?: string;
  readonly size?: { readonly width: number; readonly height: number };
  readonly act?: (page: Page, server: FakeServer) => Promise<void>;
}

const PHONE = { width: 390, height: 844 };
const WIDE = { width: 1280, height: 800 };
const WHY = 'why?node=node-2&extension=MailTemplates';

const SHOTS: readonly Shot[] = [
  { name: 'empty', scenario: 'empty' },
  { name: 'no-nodes', scenario: 'no-nodes' },
  { name: 'converged', scenario: 'converged' },
  { name: 'frozen', scenario: 'frozen' },
  { name: 'offline', scenario: 'offline', address: 'why?node=node-3' },
  { name: 'parked', scenario: 'parked', address: WHY },
  { name: 'parked-overview', scenario: 'parked' },
  { name: 'drifted', scenario: 'drifted' },
  { name: 'paused', scenario: 'paused', address: 'why?node=node-2' },
  { name: 'large', scenario: 'large' },
  { name: 'plan', scenario: 'converged', address: 'import', act: dropFile },
  { name: 'refused', scenario: 'converged', address: 'import', act: (page) => dropBytes(page, 'slip') },
  { name: 'together', scenario: 'converged', address: 'import', act: (page) => dropSet(page, { needed: true }) },
  { name: 'together-refused', scenario: 'converged', address: 'import', act: (page) => dropSet(page) },
  { name: 'proposed', scenario: 'proposed' },
  { name: 'together-options', scenario: 'proposed', address: 'import', act: chooseTogether },
  { name: 'together-waiting', scenario: 'eight', address: 'import', act: waitTogether },
  { name: 'together-failed', scenario: 'eight', address: 'import', act: failTogether },
  { name: 'importing', scenario: 'converged', address: 'import', act: importHalf },
  { name: 'gone', scenario: 'converged', act: stopService },
  { name: 'node', scenario: 'parked', address: 'nodes/node-2' },
  { name: 'nodes', scenario: 'offline', address: 'nodes' },
  { name: 'extension', scenario: 'converged', address: 'extensions/Autocomplete' },
  { name: 'extensions', scenario: 'converged', address: 'extensions' },
  { name: 'revision', scenario: 'parked', address: 'revisions/128' },
  {
    name: 'search',
    scenario: 'converged',
    act: (page) => page.keyboard.press('/').then(() => page.keyboard.type('node')),
  },
  { name: 'help', scenario: 'converged', act: (page) => page.keyboard.press('?') },
  {
    name: 'remove',
    scenario: 'converged',
    address: 'extensions/Autocomplete',
    act: (page) => page.getByRole('button', { name: 'Remove…' }).click(),
  },
  { name: 'replay', scenario: 'parked', address: WHY, act: replay },
  { name: 'phone-converged', scenario: 'converged', size: PHONE },
  { name: 'phone-parked', scenario: 'parked', address: WHY, size: PHONE },
  {
    name: 'phone-together-refused',
    scenario: 'converged',
    address: 'import',
    act: (page) => dropSet(page),
    size: PHONE,
  },
  { name: 'phone-proposed', scenario: 'proposed', size: PHONE },
  { name: 'phone-together-waiting', scenario: 'eight', address: 'import', act: waitTogether, size: PHONE },
  { name: 'phone-together-failed', scenario: 'eight', address: 'import', act: failTogether, size: PHONE },
  { name: 'phone-large', scenario: 'large', size: PHONE },
];

/** Takes the pictures of every state in both themes: `run.mjs shots directory [name…]`. */
export async function run([directory = 'shots', ...names]: readonly string[]): Promise<void> {
  const place = await findBrowser();
  if (place === undefined) throw new Error('no browser was found: set MUSTER_TEST_BROWSER');
  await mkdir(directory, { recursive: true });
  const browser = await startBrowser(place);
  for (const shot of SHOTS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    for (const colorScheme of ['light', 'dark'] as const) await take(browser, shot, colorScheme, directory);
  }
  await browser.close();
}

async function take(browser: Browser, shot: Shot, colorScheme: 'light' | 'dark', directory: string): Promise<void> {
  const server = new FakeServer(shot.scenario);
  const url = await server.listen();
  const page = await browser.newPage({ viewport: shot.size ?? WIDE, colorScheme, timezoneId: 'Europe/Vienna' });
  await page.goto(`${url}/ui/${shot.address ?? ''}`);
  await page.locator('.state-words strong').first().waitFor();
  await page.waitForTimeout(400);
  await shot.act?.(page, server);
  await page.waitForTimeout(300);
  await page.screenshot({ path: path.join(directory, `${shot.name}${colorScheme === 'dark' ? '-dark' : ''}.png`) });
  await page.close();
  await server.stop();
}

/** Packages of which one is older than what is there, and another lacks what it needs, unless that comes with it. */
async function dropSet(page: Page, { needed = false } = {}): Promise<void> {
  const texts: Readonly<Record<string, string>> = {
    'Autocomplete_1.0.38.zip': 'needs',
    'DiffViewer_1.0.9.zip': 'older',
    'Charts_1.0.0.zip': 'zip',
    ...(needed && { 'Layouts_2.0.0.zip': 'zip' }),
  };
  const files = Object.entries(texts).map(([name, text]) => ({
    name,
    mimeType: 'application/zip',
    buffer: Buffer.from(text.padEnd(96_000, 'z')),
  }));
  await page.locator('input[type=file]').setInputFiles(files);
  if (needed) await page.getByRole('button', { name: 'Take the older version' }).click();
}

function dropBytes(page: Page, text: string): Promise<void> {
  return page
    .locator('input[type=file]')
    .setInputFiles({ name: 'Autocomplete_1.0.38.zip', mimeType: 'application/zip', buffer: Buffer.from(text) });
}

function dropFile(page: Page): Promise<void> {
  return dropBytes(page, 'zip'.repeat(32_000));
}

async function importHalf(page: Page, server: FakeServer): Promise<void> {
  await dropFile(page);
  await page.getByRole('button', { name: /^Import to/ }).click();
  await page.locator('.converging').waitFor();
  for (let step = 0; step < 5; step += 1) server.cluster.advance();
  await page.waitForTimeout(1_500);
}

async function chooseTogether(page: Page): Promise<void> {
  await page.getByText('Options', { exact: true }).click();
  await page.getByLabel(/^Activate on all nodes together/).check();
  await dropFile(page);
  await page.getByRole('button', { name: /together$/ }).waitFor();
}

async function waitTogether(page: Page, { cluster }: FakeServer): Promise<void> {
  await chooseTogether(page);
  await page.getByRole('button', { name: /together$/ }).click();
  await page.locator('.readiness').waitFor();
  for (const node of ['node-1', 'node-2', 'node-3']) cluster.proposals.say(node, { state: 'ready' });
  for (const node of ['node-4', 'node-6']) cluster.proposals.say(node, { state: 'staging' });
  const reason = 'no space is left in /srv/storage: 311 MB are needed, 84 MB are free';
  cluster.proposals.say('node-5', { state: 'failed', code: 'disk-full', reason });
  cluster.proposals.say('node-8', { state: 'absent', ...OFFLINE });
  await page.waitForTimeout(2_500);
}

async function failTogether(page: Page, server: FakeServer): Promise<void> {
  await waitTogether(page, server);
  server.cluster.proposals.expire();
  await page.locator('.refusal').waitFor();
}

async function stopService(page: Page, server: FakeServer): Promise<void> {
  await server.stop();
  await page.getByText('No connection').waitFor();
  await page.waitForTimeout(4_000);
}

async function replay(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Replay with/ }).click();
  await page.getByRole('button', { name: 'Preview', exact: true }).click();
}
