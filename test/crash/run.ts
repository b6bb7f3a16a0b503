import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runCampaign, type CrashRound } from './campaign.js';

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

const sum = (of: (round: CrashRound) => number, some = rounds): number =>
  some.reduce((total, round) => total + of(round), 0);
const faults = [...new Set(rounds.map(({ fault }) => fault))].sort();
const lines = faults.map((fault) => {
  const some = rounds.filter((round) => round.fault === fault);
  const recovered = some.map(({ recoveredMs }) => recoveredMs).sort((a, b) => a - b);
  return `| ${fault} | ${some.length} | ${sum((r) => r.killedStarts, some)} | ${sum((r) => r.acknowledged, some)} | ${recovered[Math.floor(recovered.length / 2)]} | ${recovered.at(-1)} |`;
});
process.stdout.write(
  [
    `${rounds.length} rounds, seed ${values.seed}: no acknowledged event lost, none counted twice, in ${sum((r) => r.acknowledged)} acknowledged events of ${sum((r) => r.pages)} pages; ${sum((r) => r.killedStarts)} more starts were killed before they had recovered.`,
    '',
    '| fault | rounds | starts killed besides | events acknowledged | start to checked, median ms | most |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
    '',
  ].join('\n'),
);
// Whoever asks again, after all of it, begins anew.
rmSync(values.directory, { recursive: true });
