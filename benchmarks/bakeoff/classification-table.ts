import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { seededRng } from '../../core/rng.js';
import { linearHindsight, type Labelled } from './hindsight.js';
import { shuffledIndices, type Problem } from './problem.js';

/** A table with one class per row: features standardised, an intercept last, classes by their place among the sorted names. */
export interface ClassificationTable extends Labelled {
  readonly name: string;
  readonly hindsightReward: number;
}

const ENDING = '.csv.gz';

/** Names of the tables in a folder, sorted; none when there is no such folder. */
export async function tableNames(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files
    .filter((file) => file.endsWith(ENDING))
    .map((file) => basename(file, ENDING))
    .sort();
}

/**
 * Reads `<name>.csv.gz`: numbers, the last column the class; a first line that ends in "label" is a header. Each feature is brought to mean 0 and
 * deviation 1 over the whole table (a missing value, NA, becomes the mean); constant features are left out; an intercept is added.
 */
export async function readTable(folder: string, name: string): Promise<ClassificationTable> {
  const lines = createReadStream(join(folder, `${name}${ENDING}`))
    .pipe(createGunzip())
    .pipe(parse());
  const records: string[][] = [];
  for await (const record of lines as AsyncIterable<string[]>) records.push(record);
  if (records[0]?.at(-1) === 'label') records.shift();
  const columns = Array.from({ length: records[0]!.length - 1 }, (_, i) =>
    standardised(records.map((record) => (record[i] === 'NA' ? NaN : Number(record[i])))),
  ).filter((column) => column !== undefined);
  const dimension = columns.length + 1;
  const contexts = new Float32Array(records.length * dimension);
  columns.forEach((column, i) => column.forEach((value, row) => (contexts[row * dimension + i] = value)));
  for (let row = 0; row < records.length; row++) contexts[(row + 1) * dimension - 1] = 1;
  const labels = records.map((record) => record.at(-1)!);
  const names = [...new Set(labels)].sort();
  const classes = Int32Array.from(labels, (label) => names.indexOf(label));
  const labelled = { rows: records.length, dimension, contexts, classes, classCount: names.length };
  return { ...labelled, name, hindsightReward: linearHindsight(labelled) };
}

/** The table in the order of a seed, as a bandit problem: each class an arm, reward 1 for the right one, known at once. */
export function classificationProblem(table: ClassificationTable, seed: number): Problem {
  const { rows, dimension, classCount } = table;
  const rng = seededRng(seed).fork(table.name);
  const order = shuffledIndices(rows, (n) => rng.below(n));
  const contexts = new Float32Array(rows * dimension);
  order.forEach((from, to) => {
    contexts.set(table.contexts.subarray(from * dimension, (from + 1) * dimension), to * dimension);
  });
  return {
    table: table.name,
    seed,
    steps: rows,
    dimension,
    arms: classCount,
    contexts,
    rewards: rewardsOf(
      order.map((from) => table.classes[from]!),
      classCount,
    ),
    arrivals: new Int32Array(classCount),
    delays: new Int32Array(rows),
    hindsightReward: table.hindsightReward,
  };
}

function rewardsOf(classes: Int32Array, classCount: number): Uint8Array {
  const rewards = new Uint8Array(classes.length * classCount);
  classes.forEach((arm, row) => (rewards[row * classCount + arm] = 1));
  return rewards;
}

/** Mean 0, deviation 1, missing values 0; undefined for a column that says nothing. */
function standardised(values: readonly number[]): readonly number[] | undefined {
  const known = values.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length;
  if (!(variance > 0)) return undefined;
  return values.map((value) => (Number.isNaN(value) ? 0 : (value - mean) / Math.sqrt(variance)));
}
