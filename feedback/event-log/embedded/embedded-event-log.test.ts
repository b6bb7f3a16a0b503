import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { eventLogContract } from '../event-log.contract.js';
import { embeddedEventLog } from './index.js';

const made: string[] = [];
afterAll(() => Promise.all(made.map((directory) => rm(directory, { recursive: true, force: true }))));

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'marquee-log-'));
  made.push(directory);
  return directory;
}

eventLogContract('embedded', async (limits) =>
  embeddedEventLog({ directory: await emptyDirectory(), ...limits }),
);

// Segments and a memory tail so small that every consumer goes through the files and over segment ends.
eventLogContract('embedded, from files', async (limits) =>
  embeddedEventLog({ directory: await emptyDirectory(), ...limits, segmentBytes: 500, tailBytes: 1 }),
);
