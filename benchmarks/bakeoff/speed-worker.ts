import { readFileSync } from 'node:fs';
import { ourPlayer, type OurConfiguration } from './ours.js';
import { play } from './play.js';
import type { Stream } from './problem.js';
import { decodeStream } from './stream-file.js';

/** A process of its own, so that it can be kept to one core: prints the CPU µs per example of each of `rounds`. */
export interface SpeedJob {
  readonly stream: string;
  readonly configuration: OurConfiguration;
  /** how often the stream is repeated within a round: one player learns them all, one after the other */
  readonly repeats: number;
  readonly rounds: number;
}

/** The stream so many times over; every arm stays once it has arrived. */
function repeated(stream: Stream, times: number): Stream {
  const { steps, contexts, rewards, delays } = stream;
  const long = {
    contexts: new Float32Array(contexts.length * times),
    rewards: new Uint8Array(rewards.length * times),
    delays: new Int32Array(delays.length * times),
  };
  for (let i = 0; i < times; i++) {
    long.contexts.set(contexts, i * contexts.length);
    long.rewards.set(rewards, i * rewards.length);
    long.delays.set(delays, i * delays.length);
  }
  return { ...stream, ...long, steps: steps * times };
}

const job = JSON.parse(process.argv[2]!) as SpeedJob;
const stream = repeated(decodeStream(readFileSync(job.stream), job.stream), job.repeats);
const micros: number[] = [];
for (let round = 0; round < job.rounds; round++) {
  const player = ourPlayer(stream, job.configuration);
  const began = process.cpuUsage();
  play(stream, player);
  const { user, system } = process.cpuUsage(began);
  micros.push((user + system) / stream.steps);
}
process.stdout.write(`${JSON.stringify(micros)}\n`);
