import { spawnSync } from 'node:child_process';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

export type BrowserForTests = { readonly executablePath: string } | { readonly skipped: string };

/**
 * The Chromium of this machine (`MUSTER_TEST_BROWSER`: another one), or why there is none.
 *
 * @throws where there is none and `REQUIRE_BROWSER=1` says that there must be one
 */
export function browserForTests(): BrowserForTests {
  const given = process.env['MUSTER_TEST_BROWSER'];
  for (const name of given === undefined ? NAMES : [given]) {
    const found = spawnSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' });
    if (found.status === 0) return { executablePath: found.stdout.trim() };
  }
  const reason = `no browser for tests: none of ${(given === undefined ? NAMES : [given]).join(', ')} is installed`;
  if (process.env['REQUIRE_BROWSER'] === '1') throw new Error(`REQUIRE_BROWSER=1, and ${reason}`);
  return { skipped: reason };
}

export function launch(browser: BrowserForTests): Promise<Browser> {
  if ('skipped' in browser) throw new Error(browser.skipped);
  return chromium.launch({ executablePath: browser.executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
