import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canRun } from '../support/find-command.js';
import { runCampaign } from './campaign.js';
import type { Fault } from './faults.js';
import { smallDiskObstacle } from './small-disk.js';

/** A sample of the campaign, one round each; `make proof` runs 200, drawn from more. */
const SAMPLE: readonly Fault[] = ['kill', 'disk-full', 'kill-engine', 'freeze', 'kill-both'];

describe.runIf(canRun('the crash campaign', smallDiskObstacle()))('the crash campaign', () => {
  it(
    `${SAMPLE.length} rounds: every acknowledged event is in the log, counted once, and learned as if nothing had happened`,
    { timeout: 600_000 },
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'marquee-crash-'));
      const rounds = await runCampaign({ directory, rounds: SAMPLE.length, seed: 7, faults: SAMPLE });
      expect(rounds).toHaveLength(SAMPLE.length);
      expect(rounds.at(-1)!.impressions).toBeGreaterThan(100 * SAMPLE.length);
      rmSync(directory, { recursive: true });
    },
  );
});
