import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POLICY_NAMES } from '../../bandit/policy.js';
import { registerReplay, replayCommand, type ReplayArguments, type ReplayIo } from './command.js';
import type { ReplayReport } from './replay-log.js';

const fixture = (name: 'bts' | 'random'): string =>
  fileURLToPath(new URL(`../../test/fixtures/obd/${name}.csv.gz`, import.meta.url));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function ioOf(stdin: string | Buffer): { io: ReplayIo; printed: () => { out: string; err: string } } {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const text = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? '';
  return {
    io: { stdin: Readable.from([Buffer.from(stdin)]), stdout, stderr },
    printed: () => ({ out: text(stdout), err: text(stderr) }),
  };
}

async function run(args: Partial<ReplayArguments>, stdin: string | Buffer = ''): Promise<Ran> {
  const { io, printed } = ioOf(stdin);
  const code = await replayCommand({ log: '-', policy: 'uniform', ...args }, io);
  return { code, ...printed() };
}

const parsed = (ran: Ran): ReplayReport => JSON.parse(ran.out) as ReplayReport;

describe('marquee replay on the Open Bandit Dataset', () => {
  it('evaluates uniform from the Thompson sampling log to nine decimals', async () => {
    const ran = await run({ log: fixture('bts'), preset: 'obd', json: true });
    expect(ran).toMatchObject({ code: 0, err: '' });
    const report = parsed(ran);
    expect(report).toMatchObject({
      rows: { read: 10_000, used: 10_000 },
      problems: { malformed: 0, refused: 0 },
      actions: 34,
    });
    // 69 clicks in 10,000 rows: counted with awk over the published file.
    expect(report.logged.value).toBeCloseTo(0.0069, 12);
    const [uniform] = report.policies;
    // Open Bandit Pipeline's definitions summed in Python over the published sample, positions pooled.
    expect(uniform?.ipw).toMatchObject({ n: 10_000, verdict: 'weak' });
    expect(uniform?.ipw).toHaveProperty('value', expect.closeTo(0.003008626327, 9) as number);
    expect(uniform?.snipw).toHaveProperty('value', expect.closeTo(0.003189423162, 9) as number);
    expect(uniform?.snipw).toHaveProperty('effectiveSampleSize', expect.closeTo(655.70985, 5) as number);
    expect(uniform?.replay).toHaveProperty(
      'refused',
      expect.stringContaining('log is not uniform') as string,
    );
  });

  it('lets every policy learn its way through the uniform log, the same again with the same seed', async () => {
    const args = {
      log: fixture('random'),
      preset: 'obd',
      policy: 'all',
      json: true,
      limit: '2000',
      dimension: '16',
    };
    const first = await run(args);
    const report = parsed(first);
    expect(report.policies.map((p) => p.policy)).toEqual(POLICY_NAMES);
    for (const policy of report.policies) {
      for (const estimate of [policy.replay, policy.ipw, policy.snipw]) {
        expect(estimate).toHaveProperty('n', 2000);
      }
    }
    expect((await run(args)).out).toBe(first.out);
  });

  it('feeds every estimator that such a log can, with intervals that say what they promise', async () => {
    const ran = await run({ log: fixture('random'), preset: 'obd', policy: 'uniform', json: true });
    const report = parsed(ran);
    const [uniform] = report.policies;
    // The target is the logging policy: 46 clicks in 10,000 rows, counted with awk, is what every weight says.
    for (const key of ['ipw', 'snipw'] as const) {
      expect(uniform?.[key]).toMatchObject({
        value: expect.closeTo(0.0046, 12) as number,
        neverLoggedMass: 0,
      });
    }
    // A reward model takes out variance, not 46 clicks: within a third of their standard error, 0.00068.
    for (const key of ['dr', 'drProgressive', 'sndr', 'switchDr', 'dros'] as const) {
      expect(uniform?.[key]).toMatchObject({ verdict: 'usable' });
      expect(uniform?.[key]).toHaveProperty('value', expect.closeTo(0.0046, 3) as number);
    }
    expect(uniform?.dm).toMatchObject({ verdict: 'weak' });
    const methods = (estimate: unknown): unknown =>
      (estimate as { intervals: { method: string; guarantee: string }[] }).intervals.map(
        ({ method, guarantee }) => `${method}: ${guarantee}`,
      );
    expect(methods(uniform?.ipw)).toEqual([
      'clopper-pearson: exact',
      'empirical-bernstein: approximate',
      'bootstrap: asymptotic',
      'anytime-valid: anytime',
    ]);
    expect(methods(uniform?.replay)).toEqual(['clopper-pearson: exact']);
    expect(methods(report.logged)).toEqual([
      'clopper-pearson: exact',
      'empirical-bernstein: finite-sample',
      'anytime-valid: anytime',
    ]);
  });

  it('leaves the bootstrap out when it is told to', async () => {
    const { out } = await run({
      log: fixture('bts'),
      preset: 'obd',
      limit: '500',
      bootstrap: '0',
      json: true,
    });
    expect(out).not.toContain('bootstrap');
  });

  it('prints a table for people', async () => {
    const { code, out } = await run({ log: fixture('bts'), preset: 'obd', limit: '3000' });
    expect(code).toBe(0);
    expect(out).toContain('refused: log is not uniform');
    expect(out).toMatch(/uniform +│ ipw +│ +0\.\d{6}/);
    expect(out).toMatch(/uniform +│ dr, progressive +│ +0\.\d{6}/);
    expect(out).toMatch(/uniform +│ ipw +│ anytime-valid +│ 0\.\d{6}/);
  });
});

const MAPPING = ['action=arm', 'reward=r', 'propensity=p'];
const HEADER = 'arm,r,p';
const csv = (...lines: string[]): string => [HEADER, ...lines, ''].join('\n');
const plain = { map: MAPPING, actions: 'a,b', json: true };

describe('rows that cannot be used', () => {
  it('are counted by reason and shown with their line numbers', async () => {
    const rows = [
      'a,1,0.5',
      'b,0,0',
      'a,1,1.5',
      'a,1,NaN',
      'a,1',
      '"a,1,0.5',
      'c,0,0.5',
      'a,2,0.5',
      '',
      'a,x,0.5',
      '"b","0","0.5"',
    ];
    const report = parsed(await run(plain, csv(...rows)));
    expect(report.rows).toEqual({ read: 10, used: 2 });
    expect(report.problems).toMatchObject({
      malformed: 3,
      refused: 5,
      byReason: {
        'bad-propensity': 3,
        'ragged-row': 1,
        'bad-quotes': 1,
        'unknown-action': 1,
        'bad-reward': 2,
      },
    });
    expect(report.problems.first.map((problem) => problem.line)).toEqual([3, 4, 5, 6, 7, 8, 9, 11]);
    expect(report.problems.first[0]?.message).toBe('propensity "0"; expected a number > 0 and ≤ 1');
  });

  it('are all counted, though only ten are shown', async () => {
    const report = parsed(await run(plain, csv('a,1,0.5', ...Array.from({ length: 500 }, () => 'a,1,-1'))));
    expect(report.problems.byReason).toEqual({ 'bad-propensity': 500 });
    expect(report.problems.first).toHaveLength(10);
  });

  it('a huge line is one malformed row', async () => {
    const report = parsed(await run(plain, csv('a,1,0.5', `a,1,${'5'.repeat(3 << 20)}`, 'b,0,0.5')));
    expect(report.rows).toEqual({ read: 3, used: 2 });
    expect(report.problems.first).toMatchObject([{ line: 3, reason: 'line-too-long' }]);
  });

  it('leave exit code 1 and no report when nothing remains', async () => {
    const { code, out, err } = await run(plain, csv('a,1,0', 'b,1,1.5'));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('evaluation/empty: 0 of 2 rows can be used');
    expect(err).toContain('line 2: bad-propensity: propensity "0"');
  });

  it.each(['', `${HEADER}\n`])('an empty log %j is exit code 1', async (text) => {
    expect(await run(plain, text)).toMatchObject({ code: 1, out: '' });
  });
});

describe('contexts and slates', () => {
  it('reads contexts, numbers, times, members and the arms offered in each row', async () => {
    const text = [
      'at,who,arm,offered,r,p,age,city',
      '2024-01-01T00:00:00Z,m1,a,a|b,1,0.5,31,Oslo',
      '2024-01-01 00:00:01.5,m1,b,b|c,0,0.5,31,Oslo',
      '1704067199000,m2,c,a|b|c,0,0.3333333,-2e3,"Rome, Italy"',
      'yesterday,m2,c,a|b|c,0,0.3333333,44,Rome',
      '1704067299000,m2,c,a|b,0,0.5,44,Rome',
      '1704067299000,m2,c,a|b|c,0,0.5,old,Rome',
    ].join('\n');
    const map = [
      'timestamp=at',
      'member=who',
      'action=arm',
      'offered=offered',
      'reward=r',
      'propensity=p',
      'numeric=age',
      'context=city',
    ];
    const report = parsed(
      await run({ map, actions: 'a,b,c', policy: 'all', json: true, refitEvery: '1' }, text),
    );
    expect(report).toMatchObject({ rows: { read: 6, used: 3 }, outOfOrder: 1 });
    expect(report.problems.first.map((problem) => problem.reason)).toEqual([
      'bad-timestamp',
      'action-not-offered',
      'bad-number',
    ]);
    // Uniform over what each row offered is what was logged: every weight is 1 (1/3 was written with seven digits).
    expect(report.policies[0]?.ipw).toHaveProperty('meanWeight', expect.closeTo(1, 6) as number);
  });

  it('a policy that learns moves its mass to the arm that is played', async () => {
    const rows = Array.from({ length: 600 }, (_, i) => (i % 2 === 0 ? 'a,1,0.5' : 'b,0,0.5'));
    const report = parsed(await run({ ...plain, policy: 'all', refitEvery: '10' }, csv(...rows)));
    const value = (name: string): number => {
      const estimate = report.policies.find((p) => p.policy === name)?.snipw;
      return estimate === undefined || 'refused' in estimate ? NaN : estimate.value;
    };
    // a always earns 1 and b never: uniform earns ½, whoever learns earns more.
    expect(value('uniform')).toBeCloseTo(0.5, 12);
    expect(value('best-unpersonalised')).toBeGreaterThan(0.8);
    expect(value('linear-thompson')).toBeGreaterThan(0.8);
  });
});

describe('a wrong command is exit code 2 and says what was expected', () => {
  const wrong: [string, Partial<ReplayArguments>, string][] = [
    ['policy', { policy: 'best' }, '--policy "best"; expected all, or of uniform'],
    ['preset', { preset: 'odb' }, '--preset "odb"; expected one of obd'],
    ['mapping', { map: ['acton=arm'] }, '--map "acton=arm"; expected key=column'],
    ['column', { map: ['action=arn', 'reward=r', 'propensity=p'] }, 'the nearest is "arm"'],
    ['missing key', { map: ['action=arm', 'reward=r'] }, 'no column is mapped to propensity'],
    ['no action set', { actions: undefined }, 'the action set is unknown'],
    ['repeated action', { actions: 'a,a' }, 'each once'],
    ['too many actions', { actions: '201' }, 'more than 200 actions'],
    ['context', { map: [...MAPPING, 'context=user_*'] }, 'no column of the log begins so'],
    ['affinity', { map: [...MAPPING, 'affinity=x'] }, 'expected a name with {action} in it'],
    ['limit', { limit: '0' }, '--limit "0"; expected an integer'],
    ['bootstrap', { bootstrap: '5' }, '--bootstrap "5"; expected an integer in [20, 10000]'],
    ['seed', { seed: '1.5' }, '--seed "1.5"; expected an integer'],
    ['file', { log: '/nowhere/log.csv' }, 'replay/no-log'],
    ['directory', { log: tmpdir() }, 'it is a directory'],
  ];
  it.each(wrong)('%s', async (_, args, message) => {
    const { code, out, err } = await run({ ...plain, ...args }, csv('a,1,0.5'));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

describe('files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'marquee-replay-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('a .gz that is plain text is read as what it is', async () => {
    const log = join(folder, 'plain.csv.gz');
    writeFileSync(log, csv('a,1,0.5'));
    expect(parsed(await run({ ...plain, log })).rows.used).toBe(1);
  });

  it('a gzip that breaks off gives no report', async () => {
    const log = join(folder, 'cut.csv.gz');
    writeFileSync(
      log,
      gzipSync(csv(...Array.from({ length: 20_000 }, (_, i) => `a,${i % 2},0.${i + 1}`))).subarray(0, 20_000),
    );
    const { code, out, err } = await run({ ...plain, log });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('replay/unreadable');
  });

  it('draws its progress on a terminal, and not with --json', async () => {
    const log = join(folder, 'log.csv');
    writeFileSync(log, csv('a,1,0.5'));
    for (const json of [false, true]) {
      const { io, printed } = ioOf('');
      const stderr = Object.assign(io.stderr, {
        isTTY: true,
        clearLine: () => true,
        cursorTo: () => true,
        columns: 80,
      });
      await replayCommand({ ...plain, log, policy: 'uniform', json }, { ...io, stderr });
      expect(printed().err.includes('replay')).toBe(!json);
    }
  });
});

describe('registerReplay', () => {
  it('adds a command that sets the exit code and teaches', async () => {
    const { io, printed } = ioOf(csv('a,1,0.5'));
    let code = -1;
    const program = new Command();
    registerReplay(program, { ...io, setExitCode: (value) => (code = value) });
    const args = [
      'replay',
      '-',
      '--policy',
      'uniform',
      '--actions',
      '2',
      '--map',
      'action=arm',
      'reward=r',
      'propensity=p',
    ];
    await program.parseAsync(args, { from: 'user' });
    expect(code).toBe(1);
    expect(printed().err).toContain('action "a"; expected one of the 2 actions');
    expect(program.commands[0]?.helpInformation()).toContain('logged-bandit CSV');
  });
});
