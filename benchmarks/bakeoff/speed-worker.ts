import { readFileSync } from 'node:fs';
import type { OurConfiguration } from './ours.js';
import { ourPlayer } from './ours.js';
import { play } from './play.js';
import { decodeStream } from './stream-file.js';

/** A process of its own, so that it can be kept to one core: plays a stream so often and prints the CPU µs per example of each time. */
export interface SpeedJob {
  readonly stream: string;
  readonly configuration: OurConfiguration;
  readonly repeats: number;
}

const { stream, configuration, repeats } = JSON.parse(process.argv[2]!) as SpeedJob;
const problem = decodeStream(readFileSync(stream), stream);
const micros: number[] = [];
for (let i = 0; i < repeats; i++) {
  const player = ourPlayer(problem, configuration);
  const began = process.cpuUsage();
  play(problem, player);
  const { user, system } = process.cpuUsage(began);
  micros.push((user + system) / problem.steps);
}
process.stdout.write(`${JSON.stringify(micros)}\n`);
