import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describePage, violationsOf } from './spec/describe-page.js';

/** Drops files by name, each with what its bytes begin with (`spec/fake-imports.ts`). */
function drop(page: Page, files: Readonly<Record<string, string>>): Promise<void> {
  return page.evaluate(`(() => {
    const transfer = new DataTransfer();
    for (const [name, text] of Object.entries(${JSON.stringify(files)}))
      transfer.items.add(new File([text.padEnd(120000, 'z')], name));
    document.querySelector('main').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  })()`);
}

function dropZip(page: Page, text = 'zip'): Promise<void> {
  return drop(page, { 'Autocomplete_1.0.38.zip': text });
}

/** Begins an import that is to be activated on all nodes together. */
async function importTogether(page: Page, seconds: number): Promise<void> {
  await page.getByText('Options', { exact: true }).click();
  await page.getByLabel(/^Activate on all nodes together/).check();
  await page.getByLabel(/^All must be ready within/).fill(String(seconds));
  await dropZip(page);
  await page.getByRole('button', { name: 'Import to 8 nodes together' }).click();
  await page.getByText('0 of 8 nodes ready').waitFor();
}

describePage('the import page', (open) => {
  it('shows the plan of a dropped file, imports it, and shows each node until they converged', async () => {
    const { page, server, complaints } = await open('converged');
    await dropZip(page);
    await page.getByRole('button', { name: 'Import to 3 nodes' }).waitFor();
    expect(server.cluster.board.cluster.revision).toBe(128);
    expect(await page.locator('.plan').innerText()).toMatch(
      /upgrade\s+Autocomplete 1\.0\.37 → 1\.0\.38[^]*AutocompleteLegacy/,
    );
    let release = (): void => undefined;
    server.gate = new Promise((resolve) => (release = resolve));
    await page.getByRole('button', { name: 'Import to 3 nodes' }).click();
    await page.getByText('120 KB of 120 KB').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    release();
    await page.getByText('1 of 3 nodes proven').first().waitFor();
    expect(page.url()).toContain('/ui/import?revision=129');
    while (server.cluster.board.cluster.state !== 'converged') server.cluster.advance();
    await page.getByText(/^Converged on 3 nodes in/).waitFor();
    await page.reload();
    await page.getByText(/^Converged on 3 nodes in/).waitFor();
    expect(complaints).toEqual([]);
  });

  it('tells a refusal with its reason and its remedy', async () => {
    const { page } = await open('converged');
    await dropZip(page, 'slip');
    await page.getByText('would leave the extension’s directory').waitFor();
    expect(await page.locator('main').innerText()).toMatch(/zip-slip[^]*Rebuild the archive[^]*Nothing was changed/);
    expect(await violationsOf(page)).toEqual([]);
  });

  it('shows the packages of a bundle, each with its reasons', async () => {
    const { page } = await open('converged');
    await dropZip(page, 'bundle that needs');
    await page.getByText('A bundle of 3 packages').waitFor();
    expect(await page.locator('main').innerText()).toMatch(
      /unchanged\s+Layouts 1\.0\.38[^]*refused\s+Autocomplete[^]*dependency-missing[^]*install\s+GridAdvanced[^]*All or nothing/i,
    );
    expect(await page.getByRole('button', { name: 'Import to 3 nodes' }).isDisabled()).toBe(true);
    expect(await violationsOf(page)).toEqual([]);
  });

  it('imports what is dropped together as one revision, and lets files be taken out and added before', async () => {
    const { page, server, complaints } = await open('converged');
    await drop(page, { 'Autocomplete_1.0.38.zip': 'needs', 'Charts_1.0.0.zip': 'zip', 'Notes_1.0.0.zip': 'zip' });
    await page.getByRole('heading', { name: '3 packages together' }).waitFor();
    expect(await page.locator('.plan').innerText()).toMatch(
      /refused\s+Autocomplete 1\.0\.37 → 1\.0\.38[^]*dependency-missing[^]*install\s+Charts[^]*All or nothing/i,
    );
    expect(await page.getByRole('button', { name: 'Import to 3 nodes' }).isDisabled()).toBe(true);
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Take out Notes_1.0.0.zip' }).click();
    await page.getByRole('heading', { name: '2 packages together' }).waitFor();
    await drop(page, { 'Layouts_2.0.0.zip': 'zip' });
    await page.getByText('Layouts 2.0.0').first().waitFor();
    await page.getByRole('button', { name: 'Import to 3 nodes' }).click();
    await page.getByText('1 of 3 nodes proven').first().waitFor();
    expect(server.cluster.board.cluster.revision).toBe(129);
    expect(server.cluster.revisions[0]?.changes.map(({ extension }) => extension)).toEqual([
      'Autocomplete',
      'Charts',
      'Layouts',
    ]);
    expect(complaints).toEqual([]);
  });

  it('offers the switch that overcomes a refusal, plans anew with it, and imports with it', async () => {
    const { page, server } = await open('converged', 'import');
    await dropZip(page, 'older');
    await page.getByRole('button', { name: 'Take the older version' }).click();
    await page.getByText('downgrade', { exact: true }).waitFor();
    expect(await page.getByText('Options: take an older version').count()).toBe(1);
    expect(server.cluster.board.cluster.revision).toBe(128);
    await page.getByRole('button', { name: 'Import to 3 nodes' }).click();
    await page.getByText('1 of 3 nodes proven').first().waitFor();
    expect(server.cluster.revisions[0]?.changes[0]?.action).toBe('downgrade');
    await page.getByText('Options', { exact: true }).waitFor();
  });

  it('takes every switch under Options, and leaves out what is there', async () => {
    const { page } = await open('converged', 'import');
    await page.getByText('Options', { exact: true }).click();
    await page.getByLabel(/^Skip what is installed already/).check();
    await drop(page, { 'Autocomplete_1.0.37.zip': 'same', 'Charts_1.0.0.zip': 'zip' });
    await page.getByText('skipped', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Import to 3 nodes' }).isEnabled()).toBe(true);
    await page.getByLabel(/^Skip what is installed already/).uncheck();
    await page.getByRole('button', { name: 'Replace what is installed' }).waitFor();
    await page.getByLabel(/^Replace the same version/).check();
    await page.getByText('reinstall', { exact: true }).waitFor();
  });

  it('does not claim that nothing was changed where the answer was lost', async () => {
    const { page, server } = await open('converged', 'import');
    await dropZip(page);
    await page.getByRole('button', { name: 'Import to 3 nodes' }).waitFor();
    server.gate = new Promise(() => undefined);
    await page.getByRole('button', { name: 'Import to 3 nodes' }).click();
    await page.getByText('120 KB of 120 KB').waitFor();
    await server.stop();
    await page.getByText('It may have been committed').waitFor();
    expect(await page.locator('.refusal').innerText()).not.toContain('Nothing was changed');
  });

  it('shows how far each node is with what is activated together, then the revision', async () => {
    const { page, server, complaints } = await open('eight', 'import');
    await importTogether(page, 300);
    const { proposals } = server.cluster;
    const [proposal] = server.cluster.board.proposals;
    expect(Date.parse(proposal?.expiresAt ?? '') - Date.parse(proposal?.createdAt ?? '')).toBe(300_000);
    expect(await page.locator('.upload').innerText()).toContain('5 min left');
    proposals.say('node-3', { state: 'failed', code: 'disk-full', reason: 'no space is left' });
    await page.getByText('No space is left.').waitFor();
    expect(await page.locator('.readiness li').first().innerText()).toMatch(/node-3[^]*failed[^]*disk-full/);
    expect(await page.locator('.banner').count()).toBe(0);
    expect(await violationsOf(page)).toEqual([]);
    for (let node = 1; node <= 8; node += 1) proposals.say(`node-${node}`, { state: 'ready' });
    await page.getByText('8 of 8 nodes ready').waitFor();
    proposals.activate();
    await page
      .getByText(/of 8 nodes proven/)
      .first()
      .waitFor();
    expect(page.url()).toContain('/ui/import?revision=129');
    expect(complaints).toEqual([]);
  });

  it('says which nodes were not ready in time and that nothing was changed, and goes on without waiting', async () => {
    const { page, server } = await open('eight', 'import');
    await importTogether(page, 60);
    server.cluster.proposals.say('node-3', { state: 'failed', code: 'disk-full', reason: 'no space is left' });
    await page.getByText('No space is left.').waitFor();
    server.cluster.proposals.expire();
    await page.getByText('not all nodes were ready in time').waitFor();
    expect(await page.locator('.refusal').innerText()).toMatch(
      /not-all-ready[^]*node-3\s+failed[^]*No space is left[^]*Nothing was changed on any node/,
    );
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Do not wait for all nodes' }).click();
    await page.getByRole('button', { name: 'Import to 8 nodes', exact: true }).waitFor();
    expect(server.cluster.board.cluster.revision).toBe(128);
  });

  it('calls its own proposal off', async () => {
    const { page, server } = await open('eight', 'import');
    await importTogether(page, 60);
    await page.getByRole('button', { name: 'Call off' }).click();
    await page.getByText('ana called it off').waitFor();
    expect(server.cluster.board.proposals).toEqual([]);
  });

  it('asks the catalog what became of a proposal whose answer was lost', async () => {
    const { page, server } = await open('eight', 'import');
    await importTogether(page, 60);
    server.cutImports();
    await page.getByText('The nodes still get ready for it').waitFor();
    expect(await page.locator('.refusal').innerText()).not.toContain('Nothing was changed');
    server.cluster.proposals.activate();
    await page.getByRole('link', { name: 'revision 129' }).last().waitFor();
    await page.getByText('All nodes were ready').waitFor();
  });
});
