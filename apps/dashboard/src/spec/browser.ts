import { access } from 'node:fs/promises';
import { chromium, type Browser, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where a browser is, or undefined: then what needs one is skipped, or fails with `REQUIRE_BROWSER=1`. */
export async function findBrowser(): Promise<string | undefined> {
  const given = process.env['MUSTER_TEST_BROWSER'] ?? process.env['CHROMIUM_PATH'];
  for (const place of given === undefined ? PLACES : [given]) {
    try {
      await access(place);
      return place;
    } catch {
      continue;
    }
  }
  return undefined;
}

export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--font-render-hinting=none'] });
}

/** What a page complained of: refusals of the content security policy and errors of scripts among them. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}
