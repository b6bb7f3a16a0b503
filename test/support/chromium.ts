import { existsSync } from 'node:fs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * Where a Chromium is. Without one the browser tests cannot run: a visible line says so, and under REQUIRE_SERVICES=1 that is a failure.
 */
export function findChromium(): string | undefined {
  const found = [process.env['CHROMIUM_PATH'] ?? '', ...PLACES].find(
    (path) => path !== '' && existsSync(path),
  );
  if (found !== undefined) return found;
  const line =
    'NOT RUN: the browser tests, because no Chromium was found (install chromium, or set CHROMIUM_PATH)';
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(line);
  process.stderr.write(`\n${line}\n\n`);
  return undefined;
}
