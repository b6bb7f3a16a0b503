import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpMarqueeClient, MarqueeError } from './index.js';

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly type: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that answers everything the same way and remembers what it was asked. An answer of undefined never comes. */
async function serverAnswering(
  status: number,
  answer: string | undefined,
): Promise<{ baseUrl: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  server = createServer((request, response) => {
    void read(request).then((body) => {
      seen.push({
        method: request.method ?? '',
        path: request.url ?? '',
        type: request.headers['content-type'],
        authorization: request.headers.authorization,
        body,
      });
      if (answer !== undefined)
        response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

async function failureOf(call: Promise<unknown>): Promise<MarqueeError> {
  const fault: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(fault instanceof MarqueeError)) throw new Error(`expected a MarqueeError, got ${String(fault)}`);
  return fault;
}

describe('HttpMarqueeClient', () => {
  it('speaks the API: paths, methods, media types, key', async () => {
    const { baseUrl, seen } = await serverAnswering(200, '{"stored":2,"rejected":[]}');
    const client = new HttpMarqueeClient({ baseUrl: `${baseUrl}/`, apiKey: 'k'.repeat(24) });
    await client.putTitles([
      { titleId: 'a', name: 'A', themes: {}, artworks: [] },
      { titleId: 'b', name: 'line\nbreak', themes: {}, artworks: [] },
    ]);
    await client.putMembers([{ memberId: 'm' }]);
    await client.putRows([{ rowId: 'r', name: 'R', titleIds: ['a'] }]);
    await client.events([{ type: 'impression', token: 't', slot: 0 }]);
    await client.explanation('x/y', 3);
    expect(seen.map(({ method, path, type }) => `${method} ${path} ${type ?? '-'}`)).toEqual([
      'PUT /v1/titles application/x-ndjson',
      'PUT /v1/members application/x-ndjson',
      'PUT /v1/rows application/json',
      'POST /v1/events application/json',
      'GET /v1/decisions/x%2Fy/slots/3 -',
    ]);
    expect(seen[0]?.body.trimEnd().split('\n')).toHaveLength(2);
    expect(JSON.parse(seen[3]?.body ?? '')).toEqual({
      events: [{ type: 'impression', token: 't', slot: 0 }],
    });
    for (const { authorization } of seen) expect(authorization).toBe(`Bearer ${'k'.repeat(24)}`);
  });

  it('tells what was rejected even when nothing was accepted', async () => {
    const answer = { accepted: 0, rejected: [{ index: 0, code: 'token/expired', message: 'too old' }] };
    const { baseUrl } = await serverAnswering(400, JSON.stringify(answer));
    expect(
      await new HttpMarqueeClient({ baseUrl }).events([{ type: 'impression', token: 't', slot: 0 }]),
    ).toEqual(answer);
  });

  it("passes on the service's own code, message and advice", async () => {
    const { baseUrl } = await serverAnswering(
      503,
      '{"error":{"code":"request/overloaded","message":"busy","retry":true}}',
    );
    const fault = await failureOf(
      new HttpMarqueeClient({ baseUrl }).home({ memberId: 'm', country: 'US', language: 'en', device: 'tv' }),
    );
    expect([fault.code, fault.message, fault.status, fault.retry]).toEqual([
      'request/overloaded',
      'busy',
      503,
      true,
    ]);
  });

  it('says so when something else answers', async () => {
    const { baseUrl } = await serverAnswering(200, '<html>hello</html>');
    expect((await failureOf(new HttpMarqueeClient({ baseUrl }).putRows([]))).code).toBe('bad-answer');
  });

  it('gives up on silence and on a closed door, both worth another try', async () => {
    const { baseUrl } = await serverAnswering(200, undefined);
    const silence = await failureOf(new HttpMarqueeClient({ baseUrl, timeoutMs: 50 }).putRows([]));
    expect([silence.code, silence.status, silence.retry]).toEqual(['timeout', 0, true]);
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    const closed = await failureOf(new HttpMarqueeClient({ baseUrl }).putRows([]));
    expect([closed.code, closed.retry]).toEqual(['network', true]);
  });
});
