import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { until } from '../../../../test/support/until.js';
import { redisKeyValue } from '../redis-key-value.js';
import { redisIsThere, startRedis } from '../redis-server.fixture.js';

const script = fileURLToPath(new URL('./lease-holder.ts', import.meta.url));
const TTL_MS = 1_500;

interface Holder {
  readonly lines: string[];
  kill(signal: NodeJS.Signals): void;
  says(line: string): Promise<unknown>;
}

if (redisIsThere) {
  const server = await startRedis();
  afterAll(() => server.stop());

  describe('two processes and one lease on Redis', () => {
    const holders: Holder[] = [];
    afterEach(() => {
      for (const holder of holders.splice(0)) holder.kill('SIGKILL');
    });

    function start(name: string): Holder {
      const child = spawn(process.execPath, ['--import', 'tsx', script, server.url, name, String(TTL_MS)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines: string[] = [];
      let rest = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const parts = (rest + text).split('\n');
        rest = parts.pop()!;
        lines.push(...parts);
      });
      const holder: Holder = {
        lines,
        kill: (signal) => void child.kill(signal),
        says: (line) =>
          until(
            `${name}: ${line}`,
            () => lines.includes(line),
            (said) => said,
          ),
      };
      holders.push(holder);
      return holder;
    }

    it('passes from one that is frozen, and nothing that one writes when it wakes counts', async () => {
      const one = start('one');
      await one.says('wrote 1');
      const other = start('other');
      await other.says('looked');
      expect(other.lines).toEqual(['looked']);

      one.kill('SIGSTOP');
      await other.says('wrote 2');
      one.kill('SIGCONT');
      await one.says('refused 1');
      await one.says('lost');
      const store = redisKeyValue({ urls: [server.url], namespace: 'lease' });
      expect(Buffer.from((await store.getMany(['work']))[0]!).toString()).toBe('other 2');
      // What was under way when it was frozen may have been written, and only that: before the other held it.
      expect(one.lines.slice(one.lines.indexOf('refused 1'))).not.toContain('wrote 1');
      expect(other.lines.filter((line) => /^(held|refused|lost)/.test(line))).toEqual(['held 2']);
      await store.close();

      other.kill('SIGKILL');
      await one.says('held 3');
      await one.says('wrote 3');
    });
  });
}
