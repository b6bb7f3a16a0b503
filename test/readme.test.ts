import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBandit } from '../bandit/index.js';
import type { EventsResponse, HomeResponse, PutResponse } from '../client/types.js';
import { compose, type Marquee } from '../src/compose.js';
import { loadConfig } from '../src/config.js';
import { findCommand } from './support/find-command.js';

/** The README's first request, typed by nobody: its own commands, through bash and curl, against the composed service. */
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const [, section = ''] = /^## First request\n(.*?)^## /ms.exec(readme) ?? [];
const blocks = [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(([, commands]) => commands!);
const [load, report] = blocks.filter((commands) => commands.startsWith('curl '));

it('says how to start the service, then what to send it', () => {
  expect(blocks[0]).toMatch(/^make start/);
  expect(blocks).toHaveLength(3);
});

it('shows a bandit that chooses and learns', () => {
  const [, shown = ''] = /^```ts\n(.*?)^```/ms.exec(readme) ?? [];
  const run: unknown = runInNewContext(`${shown}; ({ arm, propensities: [...propensities] })`, {
    createBandit,
  });
  expect(run).toMatchObject({ arm: expect.stringMatching(/egg|ripley/) as string, propensities: [0.5, 0.5] });
});

describe.runIf(findCommand('curl', "the README's commands"))('its commands', () => {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-readme-'));
  let marquee: Marquee;
  let port: number;

  beforeAll(async () => {
    // curl reads this beside its arguments, so the commands stay as they are printed.
    writeFileSync(join(directory, '.curlrc'), 'silent\nshow-error\nwrite-out = "\\n%{http_code}\\n"\n');
    const config = loadConfig({
      environment: {},
      overrides: { data: { directory: join(directory, 'data') }, server: { port: 0 } },
    });
    marquee = await compose(config, { logger: pino({ level: 'silent' }) });
    port = await marquee.listen();
  });
  afterAll(async () => {
    await marquee.close();
    rmSync(directory, { recursive: true });
  });

  /** @returns the answers in order: [status, body] */
  async function run(commands: string): Promise<[number, unknown][]> {
    const here = commands.replaceAll('localhost:8080', `localhost:${port}`);
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', here], {
      env: { PATH: process.env['PATH'], CURL_HOME: directory },
    });
    const lines = stdout.trimEnd().split('\n');
    return Array.from({ length: lines.length / 2 }, (_, i) => [
      Number(lines[2 * i + 1]),
      JSON.parse(lines[2 * i]!) as unknown,
    ]);
  }

  it('load a title, ask for a page, report a play; and the model has learned it', async () => {
    const [stored, asked] = await run(load!);
    expect(stored).toEqual([200, { stored: 1, rejected: [] } satisfies PutResponse]);
    const [status, page] = asked as [number, HomeResponse];
    expect(status).toBe(200);
    expect(page).toMatchObject({
      experiment: 'artwork',
      rows: [{ rowId: 'tonight', titles: [{ slot: 0, titleId: 'alien', name: 'Alien' }] }],
    });
    expect(['alien-egg', 'alien-ripley']).toContain(page.rows[0]!.titles[0]!.artworkId);

    expect(report).toContain('"TOKEN"');
    const [reported] = await run(report!.replaceAll('TOKEN', page.token));
    expect(reported).toEqual([202, { accepted: 2, rejected: [] } satisfies EventsResponse]);

    await marquee.drained();
    expect(marquee.learner!.totals('home/unpersonalised')).toEqual({ trials: 1, rewardSum: 1 });
  });
});
