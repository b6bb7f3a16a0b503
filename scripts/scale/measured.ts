import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type MeasuredId =
  | 'pageCpuUs'
  | 'rowCpuUs'
  | 'eventCpuUs'
  | 'artworkBytes'
  | 'engineRowCpuUs'
  | 'sinkRowCpuUs'
  | 'tableRowBytes';

/** A number that stands in a page of this repository, and how it got there. It is read from that page, never copied. */
export interface Measurement {
  readonly id: MeasuredId;
  readonly what: string;
  readonly unit: string;
  readonly file: string;
  /** of the line it stands on; its one group is the number */
  readonly pattern: string;
  readonly command: string;
  readonly on: string;
}

export type Measured = Readonly<Record<MeasuredId, number>>;

export function readMeasurements(): readonly Measurement[] {
  const path = fileURLToPath(new URL('./measurements.json', import.meta.url));
  return JSON.parse(readFileSync(path, 'utf8')) as Measurement[];
}

/** @throws Error when a page no longer says it the way its pattern looks for it */
export function readMeasured(measurements: readonly Measurement[]): Measured {
  const entries = measurements.map(({ id, file, pattern }) => {
    const found = new RegExp(pattern, 'm').exec(readFileSync(join(ROOT, file), 'utf8'));
    if (!found) throw new Error(`${file} has no line that matches ${pattern}, the measurement ${id}`);
    return [id, Number(found[1]!.replaceAll(',', ''))] as const;
  });
  return Object.fromEntries(entries) as Record<MeasuredId, number>;
}
