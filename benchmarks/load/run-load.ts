import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { startProcess, LOAD_CORE } from '../processes.js';
import type { LoadJob, LoadResult } from './job.js';

/** Runs the generator as its own process on its own core. @throws Error when it dies, or when nothing was answered */
export async function runLoad(job: LoadJob): Promise<LoadResult> {
  const jobFile = join(tmpdir(), `marquee-load-${randomUUID()}.json`);
  await writeFile(jobFile, JSON.stringify(job));
  try {
    const generator = startProcess({
      module: new URL('./generator', import.meta.url),
      args: [jobFile],
      core: LOAD_CORE,
    });
    const output = await generator.output();
    const result = JSON.parse(output) as LoadResult;
    if (result.requests === 0)
      throw new Error(
        `no answer from ${job.baseUrl}${job.path}: ${result.firstError ?? 'no request was sent'}`,
      );
    return result;
  } finally {
    await rm(jobFile, { force: true });
  }
}
