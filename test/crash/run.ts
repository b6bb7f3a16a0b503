import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.js';
import { summary } from './summary.js';

/** `run.ts --rounds 200 --directory data/crash [--seed 1]`: the campaign whole; called again it goes on where it stopped. Prints what `make proof` keeps. */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    directory: { type: 'string', default: 'data/crash' },
    seed: { type: 'string', default: '1' },
  },
});

const rounds = await runCampaign({
  directory: values.directory,
  rounds: Number(values.rounds),
  seed: Number(values.seed),
  onRound: ({ round, fault, killedStarts, acknowledged, recoveredMs }) =>
    process.stderr.write(
      `round ${round}: ${fault}, ${killedStarts} starts killed, ${acknowledged} events acknowledged, checked after ${recoveredMs} ms\n`,
    ),
});
const killed = { head: 'starts killed besides', of: (round: (typeof rounds)[number]) => round.killedStarts };
process.stdout.write(summary(rounds, Number(values.seed), killed));
// Whoever asks again, after all of it, begins anew.
rmSync(values.directory, { recursive: true });
