import { AxeBuilder } from '@axe-core/playwright';
import { buildPackage, createDatabase, waitFor } from '@muster/testing';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { browserForTests, launch } from './browser.js';
import { pause, resume, signal } from './calls.js';
import { Cluster, describeOnOneLog } from './cluster.js';
import { FAST } from './fast.js';
import { GatedHook } from './gated-hook.js';
import { Guest } from './guest.js';

const browserHere = browserForTests();
const skipped = 'skipped' in browserHere ? ` (${browserHere.skipped})` : '';
/** On a busy machine even a click takes its time. */
const PATIENCE_MS = 30_000;

describe.skipIf(skipped !== '')(`the page in a browser${skipped}`, () => {
  describeOnOneLog('the page', (log) => {
    let databaseUrl: string;
    let hook: GatedHook;
    let cluster: Cluster;
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;
    /** What a person who has the console open would see. */
    const complaints: string[] = [];

    beforeAll(async () => {
      databaseUrl = (await createDatabase()).url;
      hook = await GatedHook.create();
      const hooks = [`node-2=${hook.command}`];
      cluster = await Cluster.start({ log, nodes: 2, hooks, databaseUrl, env: FAST });
      browser = await launch(browserHere);
      // A dialog that is still fading in has less contrast than the one that a person reads.
      context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
      page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('requestfailed', (failed) => {
        // A stream that the page closes itself, when it is left, ends so.
        if (failed.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`${failed.url()} failed`);
      });
    });
    afterAll(async () => {
      await browser?.close();
      await cluster?.down();
    });
    afterEach(() => expect(complaints.splice(0), 'what the browser complained of').toEqual([]));

    const open = (address = '/'): Promise<unknown> => page.goto(`${cluster.statusUrl}${address}`);
    const stateLine = (): Locator => page.getByRole('region', { name: 'State of the cluster' });
    const cell = (node: string, extension: string, word: string): Locator =>
      page.getByRole('gridcell', { name: new RegExp(`^${node}, ${extension}: ${word}`) });
    const importTogether = async (name: string): Promise<void> => {
      await open('/ui/import');
      await page.getByText('Options', { exact: true }).click();
      await page.getByLabel(/^Activate on all nodes together/).check();
      await page.locator('input[type=file]').first().setInputFiles(zip(name));
      await page.getByRole('button', { name: 'Import to 2 nodes together' }).click();
      await seen(page.getByText(/^[012] of 2 nodes ready$/));
    };
    const seen = (locator: Locator): Promise<void> => locator.waitFor({ state: 'visible' });
    const expectAccessible = async (): Promise<void> => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      const told = violations.map(
        ({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ html }) => html).join('; ')})`,
      );
      expect(told, page.url()).toEqual([]);
    };

    test('an empty cluster says what to do first, and takes a file that is chosen', async () => {
      await open();
      await seen(page.getByRole('heading', { name: 'Nothing has been imported yet' }));
      await expectAccessible();
      await page.locator('input[type=file]').first().setInputFiles(zip('Chosen'));
      await seen(page.getByRole('heading', { name: 'Chosen 1.0.0' }));
      await seen(page.getByText('Chosen-widget'));
      await expectAccessible();
      await page.getByRole('button', { name: 'Import to 2 nodes' }).click();
      await seen(page.getByText(/Converged on 2 nodes in/));
      await expectAccessible();
      expect((await cluster.convergence(1)).state).toBe('converged');
    });

    test('it shows that the cluster is converged, with the age of the proof', async () => {
      await open();
      await seen(stateLine().getByText('Converged', { exact: true }));
      await seen(stateLine().getByText(/proven .* ago/));
      await seen(stateLine().getByText('revision 1'));
      for (const node of cluster.nodeIds) await seen(cell(node, 'Chosen', 'in sync'));
      await expectAccessible();
    });

    test('a file dropped anywhere shows its plan, and is on every node without a reload', async () => {
      await page.evaluate(dropOf(zip('Dropped')));
      await page.getByRole('button', { name: 'Import to 2 nodes' }).click();
      await seen(page.getByText(/Converged on 2 nodes in/));
      await page.getByRole('link', { name: 'Overview' }).click();
      for (const node of cluster.nodeIds) await seen(cell(node, 'Dropped', 'in sync'));
    });

    test('files that are chosen together are one revision', async () => {
      await open('/ui/import');
      await page
        .locator('input[type=file]')
        .first()
        .setInputFiles([zip('Left'), zip('Right')]);
      await seen(page.getByRole('heading', { name: '2 packages together' }));
      await page.getByRole('button', { name: 'Import to 2 nodes' }).click();
      await seen(page.getByText(/Converged on 2 nodes in/));
      await seen(page.getByRole('heading', { name: 'install Left and 1 more' }));
    });

    test('a package that is refused says why, and changes nothing', async () => {
      await open('/ui/import');
      const bad = { name: 'bad.zip', mimeType: 'application/zip', buffer: Buffer.from('this is no zip') };
      await page.locator('input[type=file]').first().setInputFiles(bad);
      await seen(page.getByText('bad.zip was refused'));
      await seen(page.getByText('Nothing was changed.'));
      await expectAccessible();
      // The browser itself tells the console of every answer above 399.
      const [refusal, ...others] = complaints.splice(0);
      expect(refusal).toMatch(/the server responded with a status of 4\d\d/);
      expect(others).toEqual([]);
    });

    test('a failing hook is seen at once as parked; why tells its words; retry clears it', async () => {
      await open();
      await seen(stateLine().getByText('Converged', { exact: true }));
      hook.fail('Fussy', 'licence missing');
      expect((await cluster.import(buildPackage({ name: 'Fussy' }))).status).toBe(201);
      const parked = cell('node-2', 'Fussy', 'parked');
      await seen(parked);
      await seen(stateLine().getByText('Not converged'));
      await expectAccessible();
      await parked.click();
      const why = page.getByRole('region', { name: 'Why: Fussy on node-2' });
      await seen(why.getByText('hook-failed', { exact: true }));
      await seen(why.getByText(/licence missing/).first());
      expect(page.url()).toContain('/ui/why?node=node-2&extension=Fussy');
      await expectAccessible();
      await page.reload();
      await seen(why.getByText('hook-failed', { exact: true }));
      hook.open('Fussy');
      await why.getByRole('button', { name: 'Retry now' }).click();
      await seen(cell('node-2', 'Fussy', 'in sync'));
      await why.getByText('hook-failed', { exact: true }).waitFor({ state: 'detached' });
      await seen(stateLine().getByText('Converged', { exact: true }));
    });

    test('an activation together waits for a paused node, says so everywhere, and is called off from there', async () => {
      await pause(cluster, 'node-2', 'new disks');
      await importTogether('Both');
      await seen(page.getByText(/^Is paused by .*: new disks\./));
      await expectAccessible();
      const other = await context.newPage();
      await other.goto(cluster.statusUrl);
      const banner = other.getByRole('complementary', { name: 'Proposal: install Both 1.0.0' });
      await seen(banner.getByText('node-2: is paused by'));
      await banner.getByRole('button', { name: 'Call off…' }).click();
      await other.getByRole('button', { name: 'Call off', exact: true }).click();
      await banner.waitFor({ state: 'detached' });
      await other.close();
      await seen(page.getByText('Both.zip was not activated'));
      await seen(page.getByText(/^Nothing was changed on any node/));
      expect(complaints.splice(0).join()).toMatch(/^[^,]*the server responded with a status of 409[^,]*$/);
      await resume(cluster, 'node-2');
      await open();
      await seen(stateLine().getByText('Converged', { exact: true }));
      expect(await page.getByRole('columnheader', { name: /Both/ }).count()).toBe(0);
    });

    test('what is activated together is on all nodes when the last of them is ready', async () => {
      await pause(cluster, 'node-2', 'new disks');
      await importTogether('Together');
      await seen(page.getByText('1 of 2 nodes ready'));
      await resume(cluster, 'node-2');
      await seen(page.getByText(/Converged on 2 nodes in/));
      await expectAccessible();
    });

    test('a silent node is shown as offline, and as back when it is', async () => {
      await open();
      await signal(cluster, 'SIGSTOP', 'sync-agent', 'node-2');
      try {
        await seen(page.getByRole('rowheader', { name: /node-2.*offline/ }));
        await seen(stateLine().getByText('Not converged'));
        await expectAccessible();
      } finally {
        await signal(cluster, 'SIGCONT', 'sync-agent', 'node-2');
      }
      await seen(cell('node-2', 'Chosen', 'in sync'));
      await seen(stateLine().getByText('Converged', { exact: true }));
    });

    test('a node that joins appears; one that has ended is retired on its own page', async ({ onTestFailed }) => {
      await open();
      const guest = await Guest.join(cluster, 'node-4', databaseUrl);
      onTestFailed(() => guest.leave());
      await seen(cell('node-4', 'Chosen', 'in sync'));
      await guest.stop();
      await seen(page.getByRole('rowheader', { name: /node-4.*(stopped|offline)/ }));
      await page
        .getByRole('rowheader', { name: /node-4/ })
        .getByRole('link')
        .click();
      await page.getByRole('button', { name: 'Retire…' }).click();
      await expectAccessible();
      await page.getByRole('button', { name: 'Retire node-4' }).click();
      await waitFor(async () => (await cluster.convergence(undefined, '0s')).nodes.length === 2, {
        what: 'a cluster that expects two nodes',
      });
      await page.getByRole('link', { name: 'Overview' }).click();
      await page.getByRole('rowheader', { name: /node-4/ }).waitFor({ state: 'detached' });
      await seen(stateLine().getByText('Converged', { exact: true }));
      await guest.close();
    });

    test('every view stands at its address, in dark and light, wide and narrow, and axe finds nothing', async () => {
      const pages = ['/ui/nodes', '/ui/nodes/node-2', '/ui/extensions', '/ui/extensions/Chosen', '/ui/revisions/1'];
      const others = ['/ui/', '/ui/revisions', '/ui/import', '/ui/why?node=node-2', '/ui/import?revision=1'];
      // The others were looked at in light and wide by the tests above.
      const looks = [
        { colorScheme: 'light', size: { width: 1280, height: 800 }, views: pages },
        { colorScheme: 'dark', size: { width: 390, height: 844 }, views: [...pages, ...others] },
      ] as const;
      for (const { colorScheme, size, views } of looks) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(size);
        for (const view of views) {
          await open(view);
          await seen(stateLine().getByText('Converged', { exact: true }));
          await page.waitForLoadState('load');
          await expectAccessible();
          const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
          expect(overflow, `${view} is wider than the window`).toBeLessThanOrEqual(0);
        }
      }
    });
  });
});

interface GivenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

function zip(name: string): GivenFile {
  const buffer = buildPackage({ name, entities: [{ type: 'Widget', name: `${name}-widget` }] });
  return { name: `${name}.zip`, mimeType: 'application/zip', buffer };
}

/** What the browser runs as a person drops a file: text, because these tests are compiled without a document. */
function dropOf({ name, mimeType, buffer }: GivenFile): string {
  return `{
    const bytes = Uint8Array.from(atob('${buffer.toString('base64')}'), (character) => character.codePointAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], '${name}', { type: '${mimeType}' }));
    for (const type of ['dragover', 'drop'])
      document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
  }`;
}
