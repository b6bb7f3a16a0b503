import { readFileSync } from 'node:fs';
import type { LoadJob } from './job.js';
import { LoadRun } from './load-run.js';

// The load generator's own process: reads a job file, prints a result as JSON.
const jobFile = process.argv[2];
if (jobFile === undefined) throw new Error('usage: generator <job.json>');
const job = JSON.parse(readFileSync(jobFile, 'utf8')) as LoadJob;
process.stdout.write(`${JSON.stringify(await new LoadRun(job, performance.now() + 20).run())}\n`);
