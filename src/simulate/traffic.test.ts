import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { EventReport, HomeRequest, HomeResponse } from '../../client/types.js';
import { systemClock } from '../../core/clock.js';
import { seededRng } from '../../core/rng.js';
import { ServiceConnection } from './service-connection.js';
import { MOST_PAGES_IN_FLIGHT, type SimulateOptions } from './simulate-options.js';
import { simulatedWorld } from './simulated-world.js';
import { Books } from './tally.js';
import { Traffic } from './traffic.js';

/** A server that speaks the API over real sockets and does as the test says: what the service itself would have to be broken for. */
let server: Server;
let taken: EventReport[];
let closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** @param refuse the status and body of request number n for events, from 1; undefined: it is taken @param hold answers no page */
async function traffic(
  eventsPerSecond: number,
  { refuse = () => undefined, hold = false }: Partial<Behaviour> = {},
): Promise<{ made: Traffic; books: Books }> {
  taken = [];
  let requests = 0;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (request.url === '/v1/home') {
        if (!hold) response.end(JSON.stringify(pageFor(JSON.parse(body) as HomeRequest)));
        return;
      }
      const { events } = JSON.parse(body) as { events: EventReport[] };
      const refused = refuse(++requests);
      if (refused === undefined) taken.push(...events);
      response.statusCode = refused?.status ?? 202;
      response.end(refused?.body ?? JSON.stringify({ accepted: events.length, rejected: [] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options: SimulateOptions = {
    ...{ baseUrl, eventsPerSecond, seconds: 1, seed: 3, members: 30, catalogue: 'synthetic', titles: 800 },
    ...{
      isLoaded: true,
      batch: 200,
      connections: 4,
      metricsUrls: [],
      intervalMs: 1000,
      delayScale: 1e-6,
      settleSeconds: 0,
    },
  };
  const [pages, events] = [32, 4].map(
    (connections) => new ServiceConnection(baseUrl, undefined, connections),
  );
  closers = [() => pages!.close(), () => events!.close()];
  const books = new Books();
  const { world } = simulatedWorld(options, systemClock.nowMs());
  const connections = { pages: pages!, events: events! };
  const nowMs = (): number => systemClock.nowMs();
  return { books, made: new Traffic(world, connections, books, options, seededRng(3), nowMs) };
}

interface Behaviour {
  readonly refuse: (n: number) => { status: number; body: string } | undefined;
  readonly hold: boolean;
}

function pageFor({ rows = [] }: HomeRequest): HomeResponse {
  let slot = 0;
  const about = {
    requestId: 'r',
    token: 't',
    experiment: 'e',
    variant: 'v',
    policy: 'p',
    snapshotVersion: 1,
  };
  return {
    ...about,
    rows: rows.map(({ rowId, titleIds }) => ({
      ...{ rowId, name: rowId },
      titles: titleIds.map((titleId) => ({
        ...{ slot: slot++, titleId, name: titleId, artworkUrl: '/a.svg' },
        artworkId: `${titleId}-artwork-0`,
      })),
    })),
  };
}

const run = async (made: Traffic): Promise<void> => {
  await made.drive(systemClock.nowMs() + 500);
  await made.drain();
};

it('tells everything that was due, once, and counts what the service took', async () => {
  const { made, books } = await traffic(4_000);
  await run(made);
  const { due, acknowledged, rejected, lost, dropped, retries } = books.current;
  expect(due).toBeGreaterThan(500);
  expect(taken).toHaveLength(due);
  expect(taken.some((event) => event.type === 'play')).toBe(true);
  expect({ acknowledged, rejected, lost, dropped, retries }).toEqual({
    acknowledged: due,
    ...{ rejected: 0, lost: 0, dropped: 0, retries: 0 },
  });
  expect(made.held).toBe(0);
}, 60_000);

it('tells a batch that the service could not take again', async () => {
  const { made, books } = await traffic(4_000, {
    refuse: (n) => (n <= 2 ? { status: 503, body: '{"error":{"code":"request/overloaded"}}' } : undefined),
  });
  await run(made);
  const { due, acknowledged, lost, retries, failures, lastFailure } = books.current;
  expect({ acknowledged, lost, retries, failed: failures.events }).toEqual({
    acknowledged: due,
    ...{ lost: 0, retries: 2, failed: 2 },
  });
  expect(taken).toHaveLength(due);
  expect(lastFailure).toContain('request/overloaded');
}, 60_000);

it('counts what is refused for good as an error and does not insist', async () => {
  const rejected = JSON.stringify({
    accepted: 0,
    rejected: [{ index: 0, code: 'token/expired', message: '' }],
  });
  const { made, books } = await traffic(4_000, {
    refuse: (n) =>
      n === 1 ? { status: 400, body: rejected } : n === 2 ? { status: 413, body: '{}' } : undefined,
  });
  await run(made);
  expect(books.current.rejected).toBe(1);
  expect(books.current.lost).toBeGreaterThan(0);
  expect(books.current.retries).toBe(0);
}, 60_000);

it('asks for pages by the clock, whatever comes back, and holds no more of them than it may', async () => {
  const { made, books } = await traffic(1_000_000, { hold: true });
  // Due within half a second: a million events a second over about 110 a page, of which nothing is answered.
  await made.drive(systemClock.nowMs() + 500);
  expect(books.current.skippedPages).toBeGreaterThan(MOST_PAGES_IN_FLIGHT);
  expect(books.current.pages).toBe(0);
}, 60_000);
