import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ASSUMPTIONS } from './demand.js';
import { readMeasured, readMeasurements, ROOT } from './measured.js';
import { recordSizes } from './record-sizes.js';
import { scalePage } from './scale-page.js';

export const SCALE_PAGE = join(ROOT, 'docs/operations/scale.md');

/** The whole page, as it should be on disk. */
export function currentScalePage(): string {
  const measurements = readMeasurements();
  return scalePage(ASSUMPTIONS, measurements, readMeasured(measurements), recordSizes());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SCALE_PAGE, currentScalePage());
