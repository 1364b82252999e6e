import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { complaintsOf, findBrowser, startBrowser } from './browser.js';
import { FakeServer } from './fake-server.js';
import type { ScenarioName } from './scenarios.js';

const place = await findBrowser();
if (place === undefined && process.env['REQUIRE_BROWSER'] === '1')
  throw new Error('REQUIRE_BROWSER=1, and no Chromium was found');

/** Axe looks at every element several times: on a busy machine that takes long. */
export const AXE_TIMEOUT_MS = 180_000;

export interface Opened {
  readonly page: Page;
  readonly server: FakeServer;
  readonly complaints: string[];
}

export type OpenPage = (scenario: ScenarioName, address?: string, options?: BrowserContextOptions) => Promise<Opened>;

/** Tests of the built page in a real browser, each with a cluster of its own; skipped by name where there is none. */
export function describePage(what: string, tests: (open: OpenPage) => void): void {
  const title = place === undefined ? `${what} (skipped: no Chromium; set MUSTER_TEST_BROWSER)` : what;
  describe.skipIf(place === undefined)(title, () => {
    let browser: Browser;
    const opened: (() => Promise<void>)[] = [];
    beforeAll(async () => {
      browser = await startBrowser(place ?? '');
    });
    afterEach(async () => {
      for (const close of opened.splice(0)) await close();
    });
    afterAll(() => browser.close());

    tests(async (scenario, address = '', options = {}) => {
      const server = new FakeServer(scenario);
      const url = await server.listen();
      const context = await browser.newContext({
        viewport: { width: 1_280, height: 800 },
        reducedMotion: 'reduce',
        ...options,
      });
      const page = await context.newPage();
      opened.push(async () => {
        await context.close();
        await server.stop();
      });
      const complaints = complaintsOf(page);
      await page.goto(`${url}/ui/${address}`);
      await page.locator('.state-words strong').waitFor();
      return { page, server, complaints };
    });
  });
}

export async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
}
