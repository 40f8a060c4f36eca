// A real browser for pages that people look at; tests are skipped where none is installed.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of an installed Chromium, or undefined. */
export const BROWSER_PATH: string | undefined = PLACES.find(path => existsSync(path));

/** Starts it without a window. The caller closes it. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: BROWSER_PATH!, args: ['--no-sandbox', '--disable-gpu'] });
}
