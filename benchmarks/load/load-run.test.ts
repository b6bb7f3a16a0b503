import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LoadRun } from './load-run.js';
import type { LoadJob } from './job.js';
import { Durations, median, percentile } from './percentiles.js';

let server: Server;
let directory: string;
let job: LoadJob;
/** bodies in the order they came */
let received: string[];
/** what the server does with request number n */
let respond: (n: number) => { status: number; afterMs: number };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'marquee-load-test-'));
  const bodiesFile = join(directory, 'bodies.ndjson');
  await writeFile(bodiesFile, ['"a"', '"b"', '"c"', ''].join('\n'));
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push(body);
      const { status, afterMs } = respond(received.length);
      setTimeout(() => response.writeHead(status).end('{"accepted":2}'), afterMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  job = {
    baseUrl,
    method: 'POST',
    path: '/',
    bodiesFile,
    once: false,
    connections: 4,
    warmUpMs: 0,
    measuredMs: 300,
  };
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

function run(changes: Partial<LoadJob>): ReturnType<LoadRun['run']> {
  received = [];
  return new LoadRun({ ...job, ...changes }, performance.now()).run();
}

describe('closed loop', () => {
  it('sends bodies in turn, counts answers and adds up a field', async () => {
    respond = () => ({ status: 202, afterMs: 0 });
    const result = await run({ sumField: 'accepted', connections: 1 });
    expect(result.requests).toBe(received.length);
    expect(result.sum).toBe(2 * result.requests);
    expect(result.errors).toBe(0);
    expect(result.responseBytes).toBe(14 * result.requests);
    expect(received.slice(0, 4)).toEqual(['"a"', '"b"', '"c"', '"a"']);
  });

  it('stops when bodies that are sent once run out', async () => {
    respond = () => ({ status: 200, afterMs: 0 });
    expect((await run({ once: true, measuredMs: 60_000 })).requests).toBe(3);
    expect([...received].sort()).toEqual(['"a"', '"b"', '"c"']);
  });

  it('counts refusals as errors, apart, and shows the first', async () => {
    respond = (n) => ({ status: n % 2 === 0 ? 500 : 200, afterMs: 0 });
    const result = await run({});
    expect(result.requests + result.errors).toBe(received.length);
    expect(result.firstError).toBe('500 {"accepted":2}');
  });
});

describe('open loop', () => {
  it('keeps its schedule: as many requests as the rate says', async () => {
    respond = () => ({ status: 200, afterMs: 0 });
    const result = await run({ ratePerSecond: 200, measuredMs: 500 });
    expect(result.requests).toBe(100);
  });

  it('a stall counts for every request that was due meanwhile', async () => {
    // The first answer takes 400 ms on the only connection. Requests due every 10 ms wait behind it: about 40 of 60 are late, where a closed loop
    // would have seen one slow request.
    respond = (n) => ({ status: 200, afterMs: n === 1 ? 400 : 0 });
    const result = await run({ ratePerSecond: 100, measuredMs: 600, connections: 1 });
    expect(result.requests).toBe(60);
    expect(result.latencyMs.max).toBeGreaterThanOrEqual(399);
    expect(result.latencyMs.p50).toBeGreaterThan(50);
  });
});

describe('percentiles', () => {
  it('are nearest-rank: of 1 … 200 the 50th is 100, the 99th 198, the last 200', () => {
    const durations = new Durations();
    for (let i = 200; i >= 1; i--) durations.add(i);
    expect(durations.summary()).toEqual({ p50: 100, p99: 198, max: 200 });
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('a median of an even count is the mean of the middle two', () => {
    expect([median([3]), median([4, 1]), median([9, 1, 2])]).toEqual([3, 2.5, 2]);
  });
});
