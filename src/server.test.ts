import { request as httpRequest, Agent, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Router } from 'express';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { loadConfig } from './config.js';
import { authenticator } from './http/auth.js';
import { readBody, readLines } from './http/bodies.js';
import { closeServer, listen } from './listening.js';
import { createMetrics } from './metrics.js';
import { buildServer, type HotRoute } from './server.js';

const config = loadConfig({ environment: {}, overrides: { server: { port: 0 } } });
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function serve(handle: HotRoute['handle']) {
  const lines: string[] = [];
  const server = buildServer({
    config: config.server,
    authenticate: authenticator(undefined),
    scopeOf: () => 'read',
    logger: pino({ level: 'error' }, { write: (line: string) => lines.push(line) }),
    metrics: createMetrics(),
    hotRoutes: [{ method: 'POST', path: '/hot', handle }],
    routers: [],
    openRouter: Router(),
  });
  const port = await listen(server, config);
  stops.push(() => closeServer(server, 0));
  return { server, port, url: `http://127.0.0.1:${port}`, lines };
}

/** Sends the parts as chunks of one request of unknown length. */
function sendChunks(port: number, parts: readonly (string | Buffer)[], agent?: Agent) {
  return new Promise<IncomingMessage & { body: string }>((resolve, reject) => {
    const sent = httpRequest(
      { port, host: '127.0.0.1', path: '/hot', method: 'POST', ...(agent && { agent }) },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve(Object.assign(response, { body })));
      },
    );
    sent.on('error', reject);
    for (const part of parts) sent.write(part);
    sent.end();
  });
}

test('a query string does not lead past a hot route', async () => {
  const { url } = await serve(() => Promise.resolve({ status: 200, json: '{}' }));
  expect((await fetch(`${url}/hot?trace=1`, { method: 'POST' })).status).toBe(200);
  expect((await fetch(`${url}/hot?trace=1`)).status).toBe(405);
  expect((await fetch(`${url}//hot`, { method: 'POST' })).status).toBe(404);
});

test.each([
  ['a body', (request: IncomingMessage) => readBody(request, 1_000)],
  [
    'a line',
    async (request: IncomingMessage) => {
      for await (const line of readLines(request, 1_000)) expect(line.length).toBeLessThanOrEqual(1_000);
    },
  ],
])('%s that grows too large is answered so, not cut off', async (_what, read) => {
  const { port } = await serve(async (request) => {
    await read(request);
    return { status: 200, json: '{}' };
  });
  const answer = await sendChunks(port, Array<string>(40).fill('x'.repeat(100_000)));
  expect(answer.statusCode).toBe(413);
  expect(answer.body).toContain('request/too-large');
});

test('lines are the same however the network cuts them', async () => {
  const { port } = await serve(async (request) => {
    const lines: string[] = [];
    for await (const line of readLines(request, 1_000)) lines.push(line.toString());
    return { status: 200, json: JSON.stringify(lines) };
  });
  const text = '\nfirst\n\nsecond 日本\nthird';
  const bytes = Array.from(Buffer.from(text), (byte) => Buffer.of(byte));
  for (const parts of [[text], bytes, ['\nfir', 'st\n', '\nsecond 日本\nth', 'ird']])
    expect((await sendChunks(port, parts)).body).toBe('["first","second 日本","third"]');
});

test('a client that goes away in the middle of its request is no fault of ours', async () => {
  let ended: () => void;
  const over = new Promise<void>((resolve) => (ended = resolve));
  const { port, lines } = await serve(async (request) => {
    try {
      return { status: 200, json: (await readBody(request, 1_000)).toString() };
    } finally {
      ended();
    }
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('POST /hot HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nhalf', () =>
    socket.destroy(),
  );
  await over;
  await new Promise((resolve) => setImmediate(resolve));
  expect(lines).toEqual([]);
});

test('a connection that is kept alive is let go when the server stops, after the answer', async () => {
  let answer = (): void => undefined;
  let asked: () => void;
  const arrived = new Promise<void>((resolve) => (asked = resolve));
  const { server, port } = await serve(async () => {
    asked();
    await new Promise<void>((resolve) => (answer = resolve));
    return { status: 200, json: '{}' };
  });
  const agent = new Agent({ keepAlive: true });
  const answered = sendChunks(port, [], agent);
  await arrived;
  const closed = closeServer(server, 60_000);
  answer();
  const { statusCode, headers } = await answered;
  expect([statusCode, headers.connection]).toEqual([200, 'close']);
  await closed;
  agent.destroy();
});

test('a port that is taken is said', async () => {
  const { port } = await serve(() => Promise.resolve({ status: 200, json: '{}' }));
  const taken = loadConfig({ environment: {}, overrides: { server: { port } } });
  const { server } = await serve(() => Promise.resolve({ status: 200, json: '{}' }));
  await closeServer(server, 0);
  await expect(listen(server, taken)).rejects.toMatchObject({ code: 'config/cannot-listen' });
  expect((server.address() as AddressInfo | null)?.port).not.toBe(port);
});
