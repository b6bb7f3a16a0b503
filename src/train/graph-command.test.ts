import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArtifactDirectory } from '../../features/artifacts/artifact-directory.js';
import { trainedGraph } from '../../features/graph/graph-artifact.js';
import { trainGraphCommand, type TrainIo } from './graph-command.js';
import type { GraphArguments } from './graph-options.js';
import type { GraphTrainingReport } from './graph-training.js';

let output: string;
beforeEach(async () => {
  output = await mkdtemp(join(tmpdir(), 'marquee-train-'));
});
afterEach(() => rm(output, { recursive: true, force: true }));

async function run(
  args: Partial<GraphArguments>,
  onStop: TrainIo['onStop'] = () => () => undefined,
): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const text = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? '';
  const small = { dimension: '16', negatives: '32', epochs: '4', output, json: true };
  const code = await trainGraphCommand({ ...small, ...args }, { stdout, stderr, onStop });
  return { code, out: text(stdout), err: text(stderr) };
}

const parsed = ({ out }: { out: string }): GraphTrainingReport => JSON.parse(out) as GraphTrainingReport;

describe('marquee train graph on the demo films', () => {
  it('finds held-out facts far better than chance, in a table too', async () => {
    const ran = await run({ epochs: '15', dimension: '32' });
    expect(ran).toMatchObject({ code: 0, err: '' });
    const report = parsed(ran);
    // By chance 1/rank averages ln(n)/n or so: below 0.01 among a thousand names.
    expect(report.entities).toBeGreaterThan(700);
    expect(report.test?.mrr).toBeGreaterThan(0.1);
    expect(report).toMatchObject({ epochs: 15, unfinished: false, published: false, leftOut: 0 });
    const { out } = await run({ json: false, epochs: '1' });
    expect(out).toMatch(/test .*│ +\d+ │ 0\.\d{4}/);
  });

  it('writes the same artifact from the same seed, in one go or interrupted and resumed', async () => {
    const whole = parsed(await run({}));
    let epochsAsked = 0;
    const halfway = await run({ output: join(output, 'other') }, (listener) => {
      // As Ctrl-C would, at once: the first epoch is not begun, and what there is is kept.
      epochsAsked++;
      listener();
      return () => undefined;
    });
    expect([epochsAsked, parsed(halfway).epochs, parsed(halfway).unfinished]).toEqual([1, 0, true]);
    parsed(await run({ output: join(output, 'other'), epochs: '2' }));
    const resumed = parsed(await run({ output: join(output, 'other'), resume: true }));
    expect(resumed.artifact).toBe(whole.artifact);
    expect((await readdir(join(output, 'other', 'checkpoint'))).length).toBe(2);
  });

  it('publishes the first, refuses a worse one, and publishes it by force', async () => {
    const first = parsed(await run({ epochs: '12', publish: true }));
    expect(first).toMatchObject({ published: true, parent: null, compared: [] });
    const worse = await run({ epochs: '1', publish: true });
    expect(worse.code).toBe(1);
    expect(worse.err).toMatch(/artifact\/worse: .* is worse than the published/);
    const directory = new ArtifactDirectory(output);
    expect((await directory.published())?.name).toBe(first.artifact);
    const forced = parsed(await run({ epochs: '1', publish: true, force: true }));
    expect(forced.parent).toBe(first.artifact);
    const published = await directory.published();
    expect(published?.name).toBe(forced.artifact);
    expect(published?.artifact).toMatchObject({ kind: 'graph', parent: first.artifact });
    const { entities, tables } = trainedGraph(published!.artifact);
    expect(tables.entities.values.length).toBe(entities.length * 16);
  });

  it('does not go on from a checkpoint of other settings or facts', async () => {
    await run({ epochs: '1' });
    expect(await run({ resume: true, rate: '0.2' })).toMatchObject({ code: 2, out: '' });
    const { err } = await run({ resume: true, seed: '2' });
    expect(err).toMatch(/artifact\/mismatch: the checkpoint was trained on data/);
  });
});

describe('facts of a file', () => {
  const lines = [
    'head\trelation\ttail\tsplit',
    'a\tr\tb\ttrain',
    'b\tr\tc\ttrain',
    'a\tr\t"c\ttest',
    'b\tr\ta\tvalid',
  ];

  it('are read with their split, plain and gzip', async () => {
    const text = `${lines.join('\n')}\n`;
    await writeFile(join(output, 'facts.tsv'), text);
    await writeFile(join(output, 'facts.tsv.gz'), gzipSync(text));
    const [plain, gzip] = [
      await run({ triples: join(output, 'facts.tsv') }),
      await run({ triples: join(output, 'facts.tsv.gz') }),
    ];
    // "c, with its quotation mark, is in no training fact.
    expect(parsed(plain)).toMatchObject({ facts: { train: 2, valid: 1, test: 0 }, leftOut: 1 });
    expect(parsed(gzip).artifact).toBe(parsed(plain).artifact);
  });

  it.each([
    ['nothing', '', 'graph/empty: the graph has 0 training triples'],
    ['a line too short', 'a\tb', 'graph/bad-triple: line 1'],
    ['an empty name', 'a\t\tb', 'graph/bad-triple: line 1'],
    ['an unknown split', 'a\tr\tb\tpractice', 'graph/bad-triple: line 1 is of split "practice"'],
  ])('that are %s are refused, with where and why', async (_name, text, message) => {
    await writeFile(join(output, 'facts.tsv'), text);
    const ran = await run({ triples: join(output, 'facts.tsv') });
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain(message);
  });

  it('that are not there, or not gzip, are refused', async () => {
    await writeFile(join(output, 'facts.gz'), 'a\tr\tb');
    expect((await run({ triples: join(output, 'none.tsv') })).err).toContain('train/unreadable');
    expect((await run({ triples: join(output, 'facts.gz') })).err).toContain('train/unreadable');
  });
});

it.each([
  [{ epochs: '0' }, 'train/bad-option: --epochs "0"; expected a number in [1, 1000000]'],
  [{ epochs: '1.5' }, 'expected a whole number'],
  [{ minutes: 'soon' }, '--minutes "soon"'],
  [{ dimension: '20' }, 'graph/bad-setting: dimension is 20; expected a multiple of 8'],
  [{ model: 'transx' }, 'model is "transx"; expected one of transe'],
  [{ rate: '' }, '--rate ""'],
])('options %j are refused', async (args, message) => {
  const ran = await run(args);
  expect(ran.code).toBe(2);
  expect(ran.err).toContain(message);
});

it('leaves what was published as it is when the next training fails', async () => {
  await run({ epochs: '1', publish: true });
  const before = await readFile(join(output, 'published'), 'utf8');
  const ran = await run({ model: 'distmult', rate: '1e15', publish: true });
  expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('graph/diverged')]);
  expect(await readFile(join(output, 'published'), 'utf8')).toBe(before);
});
