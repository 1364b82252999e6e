import { findBrowser, startBrowser } from './browser.js';
import { FakeServer } from './fake-server.js';

const ROUNDS = 30;

/**
 * How long the page takes to answer, at 200 × 500: from a click on a cell to the frame that shows its *why* panel's heading,
 * and from a cold load to the first state. `run.mjs clicks` prints medians and maxima in ms.
 */
export async function run(): Promise<void> {
  const place = await findBrowser();
  if (place === undefined) throw new Error('no browser was found: set MUSTER_TEST_BROWSER');
  const server = new FakeServer('large');
  const url = await server.listen();
  const browser = await startBrowser(place);
  const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
  const loads: number[] = [];
  const clicks: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.goto(`${url}/ui/`);
    await page.locator('.cell').first().waitFor();
    loads.push(await page.evaluate<number>(`performance.getEntriesByName('muster-first-state')[0]?.startTime ?? 0`));
    clicks.push(await page.evaluate<number>(CLICK));
  }
  await browser.close();
  await server.stop();
  console.log(`first state after a cold load: ${told(loads)}; a click answered: ${told(clicks)} (${ROUNDS} rounds)`);
}

/** Clicks a cell in the middle and waits for the frame that shows the answer. */
const CLICK = `new Promise((resolve) => {
  const cells = document.querySelectorAll('.cell');
  const cell = cells[Math.floor(cells.length / 2)];
  const began = performance.now();
  cell.click();
  const look = () => {
    if (document.querySelector('.why h2') === null) requestAnimationFrame(look);
    else requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
  };
  look();
})`;

function told(values: readonly number[]): string {
  const sorted = values.toSorted((left, right) => left - right);
  return `median ${Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0)}, at most ${Math.round(sorted.at(-1) ?? 0)} ms`;
}
