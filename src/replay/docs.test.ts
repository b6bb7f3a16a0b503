import { readFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { registerReplay } from './command.js';
import { PRESETS } from './mapping.js';
import { PROBLEMS } from './problems.js';
import type { ReplayReport } from './replay-log.js';
import { ESTIMATES } from './scored-candidate.js';

const page = readFileSync(new URL('../../docs/replay.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1]!.trim());

async function execute(words: readonly string[], stdin: string): Promise<{ code: number; out: string }> {
  const stdout = new PassThrough();
  let code = -1;
  const program = new Command();
  registerReplay(program, {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout,
    stderr: new PassThrough(),
    setExitCode: (value) => (code = value),
  });
  await program.parseAsync([...words], { from: 'user' });
  return { code, out: String(stdout.read() ?? '') };
}

/** The page prints ten digits or so: numbers agree as far as they are printed. */
function closeTo(said: Record<string, unknown>): Record<string, unknown> {
  const loosened = Object.entries(said).map(([key, value]): [string, unknown] => {
    if (typeof value === 'number') return [key, expect.closeTo(value, value > 1 ? 5 : 11)];
    return [key, typeof value === 'object' && value !== null ? closeTo({ ...value }) : value];
  });
  return Object.fromEntries(loosened);
}

describe('docs/replay.md', () => {
  const [obd, own] = blocks('sh').map((command) => command.split(' ').slice(1));

  it('its first command prints the numbers that follow it', async () => {
    const fixture = fileURLToPath(new URL('../../test/fixtures/obd/bts.csv.gz', import.meta.url));
    const words = obd!.map((word) => (word === 'bts.csv.gz' ? fixture : word));
    const { code, out } = await execute([...words, '--json'], '');
    expect(code).toBe(0);
    const said = JSON.parse(blocks('json')[0]!) as Record<string, string | Record<string, unknown>>;
    const [found] = (JSON.parse(out) as ReplayReport).policies;
    expect(found).toMatchObject(closeTo(said));
  });

  it('its second command runs on a log with those columns', async () => {
    const words = own!.map((word) => (word === 'log.csv' ? '-' : word));
    const { code, out } = await execute(words, 'arm,good,p\na,1,0.5\nb,0,0.5\n');
    expect(code).toBe(0);
    expect(out).toContain('2 of 2 rows used');
  });

  it('its table of keys is the preset', () => {
    for (const [key, columns] of Object.entries(PRESETS.obd)) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${key}\` |`));
      for (const column of [columns].flat()) expect(row).toContain(`\`${column}\``);
    }
  });

  it('its table of estimators is what is printed', () => {
    for (const [key, name] of Object.entries(ESTIMATES)) expect(page).toContain(`| ${name} | \`${key}\` |`);
  });

  it('names both kinds of problem', () => {
    for (const kind of new Set(Object.values(PROBLEMS))) expect(page).toContain(`*${kind}*`);
  });
});
