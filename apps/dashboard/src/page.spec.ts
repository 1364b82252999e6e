import { expect, it } from 'vitest';
import { AXE_TIMEOUT_MS, describePage, violationsOf } from './spec/describe-page.js';
import type { ScenarioName } from './spec/scenarios.js';

/** What is in sight is looked at cell by cell: not too much of it. */
const SMALL = { width: 760, height: 480 };

describePage('the page', (open) => {
  const VIEWS: readonly (readonly ['light' | 'dark', ScenarioName, string])[] = [
    ['light', 'empty', ''],
    ['dark', 'no-nodes', ''],
    ['dark', 'converged', ''],
    ['light', 'frozen', 'import'],
    ['light', 'proposed', ''],
    ['dark', 'proposed', 'nodes'],
    ['dark', 'offline', 'why?node=node-3'],
    ['light', 'parked', 'why?node=node-2&extension=MailTemplates'],
    ['dark', 'parked', 'why?node=node-2&extension=MailTemplates'],
    ['light', 'drifted', ''],
    ['dark', 'paused', 'nodes'],
    ['light', 'forked', 'nodes/node-3'],
    ['dark', 'parked', 'revisions/128'],
    ['light', 'converged', 'extensions/Autocomplete'],
    ['light', 'large', ''],
  ];
  it.each(VIEWS)(
    'has nothing for axe to find and breaks no policy, %s: %s /ui/%s',
    async (colorScheme, scenario, address) => {
      const { page, complaints } = await open(scenario, address, { colorScheme, viewport: SMALL });
      await page.locator('.waiting').first().waitFor({ state: 'detached' });
      expect(await violationsOf(page)).toEqual([]);
      expect(complaints).toEqual([]);
    },
    AXE_TIMEOUT_MS,
  );

  it('leads by keyboard alone from the matrix to why and back to the cell', async () => {
    const { page, complaints } = await open('parked');
    await page.locator('.grid [tabindex="0"]').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByText('the deploy hook exited 1').waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(
      '/ui/why?node=node-2&extension=GridAdvanced',
    );
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Revisions' }).waitFor();
    await page.waitForFunction(
      `document.activeElement?.getAttribute('aria-label')?.startsWith('node-2, GridAdvanced')`,
    );
    expect(complaints).toEqual([]);
  });

  it('reaches the far corner of 200 × 500 with few cells in the document', async () => {
    const { page } = await open('large');
    await page.locator('.grid [tabindex="0"]').focus();
    await page.keyboard.press('Control+End');
    await page.waitForFunction(`document.activeElement?.getAttribute('aria-colindex') === '501'`);
    expect(await page.locator('.grid').getAttribute('aria-colcount')).toBe('501');
    expect(await page.locator('.cell').count()).toBeLessThan(4_000);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Why: / }).waitFor();
  });

  it('asks for the name before it removes what others need, and then removes those with it as one revision', async () => {
    const { page, server } = await open('converged', 'extensions/Autocomplete');
    await page.getByRole('button', { name: 'Remove…' }).click();
    const act = page.getByRole('button', { name: 'Remove 3 extensions' });
    await act.waitFor();
    expect(await act.isDisabled()).toBe(true);
    expect(await violationsOf(page)).toEqual([]);
    await page.getByLabel('Type Autocomplete to confirm').fill('Autocomplete');
    await act.click();
    const latest = (): (string | undefined)[] =>
      (server.cluster.revisions[0]?.changes ?? [])
        .filter(({ action }) => action === 'remove')
        .map(({ extension }) => extension);
    await expect.poll(latest, { timeout: 20_000 }).toEqual(['MailTemplates', 'GridAdvanced', 'Autocomplete']);
  });

  it('claims nothing any more when the service is gone', async () => {
    const { page, server } = await open('converged');
    await page.getByText('Converged').waitFor();
    await server.stop();
    await page.getByText('No connection').first().waitFor();
    expect(await page.locator('.state-words strong').innerText()).toBe('No connection');
    expect(await page.title()).toContain('No connection');
    expect(await violationsOf(page)).toEqual([]);
  });

  it('pauses with a reason, freezes, and shows both', async () => {
    const { page, server } = await open('converged', 'nodes/node-2');
    await page.getByRole('button', { name: 'Pause…' }).click();
    await page.getByLabel('Reason').fill('new disks');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('Paused since').waitFor();
    expect(server.cluster.board.nodes[1]?.paused?.reason).toBe('new disks');
    await page.keyboard.press('/');
    await page.keyboard.type('freeze');
    await page.keyboard.press('Enter');
    await page.getByLabel('Reason').fill('year-end closing');
    await page.getByRole('button', { name: 'Freeze', exact: true }).click();
    await page.getByText('Imports are frozen since').waitFor();
  });

  it.each([
    '',
    'why?node=node-2&extension=MailTemplates',
    'nodes',
    'nodes/node-2',
    'extensions',
    'revisions/128',
    'import',
  ])('does not scroll sideways on a phone: /ui/%s', async (address) => {
    const { page } = await open('parked', address, { viewport: { width: 390, height: 844 } });
    await page.locator('.waiting').first().waitFor({ state: 'detached' });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(await violationsOf(page)).toEqual([]);
  });

  it('previews a replay before it begins one', async () => {
    const { page } = await open('parked', 'why?node=node-2&extension=Autocomplete');
    await page.getByRole('button', { name: /^Replay with/ }).click();
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await page.getByText('would install Autocomplete').waitFor();
    await page.getByRole('button', { name: 'Replay exactly this' }).click();
    await page.getByText('has begun: 3 events').waitFor();
  });

  it('finds by name, and goes where two keys say', async () => {
    const { page } = await open('converged');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    await page.keyboard.type('diff');
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^DiffViewer/ }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await page.getByRole('heading', { name: /^Nodes/ }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/ui/nodes');
  });

  it('shows on every page what waits for all nodes, which of them keep it, and calls it off when it is asked twice', async () => {
    const { page, server, complaints } = await open('proposed', 'nodes');
    const banner = page.getByRole('complementary', { name: 'Proposal: upgrade Autocomplete 1.0.37 → 1.0.38' });
    await banner.getByText('3 of 8 nodes ready').waitFor();
    expect(await banner.innerText()).toMatch(
      /by ana[^]* left[^]*node-5: failed: no space is left[^]*node-8: has not been heard/,
    );
    server.cluster.proposals.say('node-5', { state: 'ready' });
    await banner.getByText('4 of 8 nodes ready').waitFor();
    await banner.getByText('Nodes', { exact: true }).click();
    await banner.getByText('getting ready').first().waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await banner.getByRole('button', { name: 'Call off…' }).click();
    expect(server.cluster.board.proposals).toHaveLength(1);
    await page.getByRole('button', { name: 'Call off', exact: true }).click();
    await banner.waitFor({ state: 'detached' });
    expect(server.cluster.board.proposals).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
