import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, type Marquee } from '../src/compose.js';
import { loadConfig } from '../src/config.js';
import { findCommand } from './support/find-command.js';

/** The migration guide's settings and commands, run in their order; behind each command stands the status it is to be answered with. */
const guide = readFileSync(new URL('../docs/migration-from-personalizer.md', import.meta.url), 'utf8');
const blocksOf = (language: string): string[] =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!);
const commands = blocksOf('sh').filter((block) => block.startsWith('curl '));

describe.runIf(findCommand('curl', "the migration guide's commands"))('the migration guide', () => {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-guide-'));
  let marquee: Marquee;
  let port: number;

  beforeAll(async () => {
    // curl reads this beside its arguments, so the commands stay as they are printed.
    writeFileSync(join(directory, '.curlrc'), 'silent\nshow-error\nwrite-out = "\\n%{http_code}\\n"\n');
    const own = {
      data: { directory: join(directory, 'data') },
      server: { port: 0 },
      roles: ['serve', 'learn'],
    };
    const overrides = { ...(parse(blocksOf('yaml')[0]!) as object), ...own };
    marquee = await compose(loadConfig({ environment: {}, overrides }), {
      logger: pino({ level: 'silent' }),
    });
    port = await marquee.listen();
  }, 60_000);
  afterAll(async () => {
    await marquee.close();
    rmSync(directory, { recursive: true });
  });

  it.each(commands.map((block, i) => [i, block] as const))(
    'block %i answers as it says',
    async (_i, block) => {
      const expected = [...block.matchAll(/ # (\d{3})$/gm)].map(([, status]) => status);
      expect(expected).toHaveLength(block.match(/^curl /gm)!.length);
      const here = block.replaceAll('localhost:8080', `localhost:${port}`);
      const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', here], {
        env: { PATH: process.env['PATH'], CURL_HOME: directory },
      });
      expect(stdout.match(/^\d{3}$/gm)).toEqual(expected);
    },
  );

  it('shows every part of the API that changes something', () => {
    expect(commands).toHaveLength(3);
  });
});
