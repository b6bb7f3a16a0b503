import { Type, type Static } from '@sinclair/typebox';
import { DEFAULT_THEMES } from '../features/default-themes.js';
import { AnalyticsSection, EventLogSection, StoreSection } from './config-adapters.js';
import { AuthSection, LimitsSection } from './config-auth.js';
import { int, num, strict, strictSecret } from './config-parts.js';
import { PersonalizerSection } from './config-personalizer.js';
import { VariantSchema } from './config-variants.js';

export const ROLES = ['serve', 'learn', 'sink', 'dashboards'] as const;
export type Role = (typeof ROLES)[number];

/**
 * λ of an artwork's own model around the shared block: about as many impressions as an artwork needs before it departs from what its
 * themes have earned. docs/adr/0004-lambda.md has the measurement.
 */
export const DEFAULT_LAMBDA = 100;

/** Every setting, its range and default. `marquee config` prints the effective values; docs/configuration.md is generated from this. */
export const ConfigSchema = Type.Object(
  {
    roles: Type.Array(Type.Union(ROLES.map((r) => Type.Literal(r))), {
      minItems: 1,
      uniqueItems: true,
      default: [...ROLES],
      description: 'what this process does',
    }),
    server: Type.Object(
      {
        host: Type.String({
          minLength: 1,
          default: '127.0.0.1',
          description: 'address to listen on; anything but loopback needs auth.keys or auth.apiKeys',
        }),
        port: int(0, 65535, 8080, 'port to listen on; 0 takes a free one'),
        bodyLimitBytes: int(1024, 1 << 30, 8 << 20, 'largest request body'),
        requestTimeoutMs: int(100, 600_000, 30_000, 'a request that takes longer is cut off'),
        maxConnections: int(1, 100_000, 2_000, 'connections beyond these are refused'),
        corsOrigins: Type.Array(Type.String({ pattern: '^https?://[^/\\s*]+$' }), {
          default: [],
          maxItems: 1000,
          description:
            'origins whose pages may ask for pages and send events from a browser, like https://www.example.com',
        }),
        shutdownGraceMs: int(0, 600_000, 10_000, 'how long requests in flight may finish after SIGTERM'),
      },
      strict,
    ),
    data: Type.Object(
      {
        directory: Type.String({
          minLength: 1,
          default: 'data',
          description: 'everything this process stores',
        }),
      },
      strict,
    ),
    log: Type.Object(
      {
        level: Type.Union(
          ['trace', 'debug', 'info', 'warn', 'error', 'silent'].map((l) => Type.Literal(l)),
          { default: 'info', description: 'least important line to log' },
        ),
      },
      strict,
    ),
    auth: AuthSection,
    limits: LimitsSection,
    secrets: Type.Object(
      {
        tokenKey: Type.Optional(
          Type.String({
            minLength: 32,
            secret: true,
            description: 'signs request tokens; absent: made once and kept in the data directory',
          }),
        ),
        drawKey: Type.Optional(
          Type.String({
            minLength: 32,
            secret: true,
            description: 'keys the stable draw; absent: made once and kept in the data directory',
          }),
        ),
      },
      strictSecret,
    ),
    catalogue: Type.Object({ maxArtworksPerTitle: int(1, 200, 50, 'artworks of one title') }, strict),
    features: Type.Object(
      {
        themes: Type.Array(Type.String({ minLength: 1, maxLength: 40 }), {
          minItems: 1,
          maxItems: 28,
          uniqueItems: true,
          default: [...DEFAULT_THEMES],
          description: 'the E themes of member and artwork vectors; d = 8 + 2E',
        }),
        memberPriorStrength: num(0.1, 1000, 4, 'declared taste counts as this many good plays'),
        memberCacheEntries: int(100, 10_000_000, 200_000, 'member profiles held in process'),
        memberCacheMs: int(
          100,
          86_400_000,
          10_000,
          'a profile held in process is read anew after this long where processes share the store: others may have changed it',
        ),
        loadTimeoutMs: int(1, 10_000, 25, 'a member profile that takes longer is decided without'),
      },
      strict,
    ),
    decision: Type.Object(
      {
        epochMs: int(1000, 31 * 86_400_000, 86_400_000, 'a member keeps the same draw this long'),
        orderTemperature: num(
          0.0001,
          10,
          0.01,
          'Plackett–Luce temperature, in plays per impression: lower is greedier',
        ),
        maxRows: int(1, 1000, 60, 'rows of one page'),
        maxTitlesPerRow: int(1, 200, 200, 'candidates of one row'),
        explainedPages: int(0, 10_000, 200, 'newest explained pages kept for GET /v1/decisions'),
        explainedArms: int(
          200,
          100_000_000,
          200_000,
          'artworks of all of those pages, at about 700 bytes each',
        ),
      },
      strict,
    ),
    page: Type.Object(
      {
        rows: Type.Object(
          {
            order: Type.Union([Type.Literal('as-given'), Type.Literal('plackett-luce')], {
              default: 'as-given',
              description:
                'how rows stand: as the request or the catalogue has them, or drawn by what their titles are worth to the member',
            }),
            temperature: num(0.0001, 10, 0.01, 'of the draw, in plays per impression: lower is greedier'),
            topTitles: int(1, 200, 6, 'a row is worth what its best so many titles are'),
            attention: num(0.01, 1, 0.85, 'weight of each of them relative to the better one before it'),
            repeatedWorth: num(0, 1, 0.25, 'worth of a title that is among the best of a row above'),
            most: int(1, 1000, 1000, 'rows placed; the rest are not shown'),
            pinned: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
              maxItems: 100,
              uniqueItems: true,
              default: [],
              description: 'ids of rows that come first, in this order, where order is plackett-luce',
            }),
          },
          strict,
        ),
        nearDuplicates: Type.Object(
          {
            mask: Type.Boolean({
              default: false,
              description:
                'offer no artwork that is too like its left neighbour; off by default: by themes alone, a row of comedies has only comedy stills',
            }),
            threshold: num(0, 2, 0.02, 'cosine distance of theme vectors below which two artworks are alike'),
            neighbours: int(1, 20, 1, 'slots to the left, in the same row, that are looked at'),
          },
          strict,
        ),
        frequencyCap: Type.Object(
          {
            impressions: int(
              0,
              1_000,
              0,
              'impressions of one artwork after which a member is shown another one of the title; 0: no cap',
            ),
            windowHours: num(
              0.01,
              8_760,
              24,
              'in any stretch of so many hours; if all artworks of a title are used up, the one shown longest ago comes again',
            ),
          },
          strict,
        ),
        examination: Type.Object(
          {
            correct: Type.Boolean({
              default: true,
              description:
                'learn from a slot by how much it is looked at, as estimated from the random part of the order',
            }),
            priorPlays: num(
              1,
              1e6,
              50,
              'pseudo-plays that hold the ratio of neighbouring places to that of 1/(1 + priorSlope·place)',
            ),
            priorSlope: num(0, 10, 0, '0: nothing is corrected for before the plays say so'),
          },
          strict,
        ),
      },
      strict,
    ),
    experiment: Type.Object(
      {
        id: Type.String({
          pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
          default: 'artwork',
          description: 'also the salt of the assignment hash',
        }),
        randomSlice: num(
          0,
          0.5,
          0.01,
          'share of members served uniformly, in no variant; every variant learns from them',
        ),
        variants: Type.Array(VariantSchema, {
          minItems: 1,
          maxItems: 20,
          default: [{ id: 'personal', weight: 1, policy: 'squarecb', settings: { lambda: DEFAULT_LAMBDA } }],
          description: 'the policies members are split among',
        }),
      },
      strict,
    ),
    reward: Type.Object(
      {
        expression: Type.String({
          minLength: 1,
          maxLength: 500,
          default: 'watchedSeconds >= 360 or watchedFraction >= 0.7',
          description: 'reward of a play, in [0, 1]',
        }),
        attributionWindowMs: int(
          1000,
          90 * 86_400_000,
          48 * 3_600_000,
          'plays later than this after the impression do not count',
        ),
      },
      strict,
    ),
    events: Type.Object(
      {
        maxBatch: int(1, 100_000, 1000, 'events of one request'),
        maxClockSkewMs: int(0, 86_400_000, 600_000, 'a client clock further off is brought to this distance'),
        tokenTtlMs: int(1000, 90 * 86_400_000, 72 * 3_600_000, 'a request token older than this is refused'),
        maxPerToken: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 1e9,
            description: 'events of one page that are taken; absent: 10 for each of its slots',
          }),
        ),
        maxPerMemberPerMinute: int(
          0,
          1_000_000,
          0,
          'events of one member that are taken a minute, and at once after a quiet one; 0: as many as come',
        ),
        countedEntries: int(
          100,
          10_000_000,
          50_000,
          'pages, and members, whose events are counted for these limits in this process; those heard of longest ago begin anew',
        ),
      },
      strict,
    ),
    learn: Type.Object(
      {
        publishIntervalMs: int(1, 60_000, 100, 'how often changed artworks reach the serving side'),
        priorIntervalMs: int(10, 3_600_000, 2_000, 'how often the shared block is fitted anew'),
        checkpointIntervalMs: int(10, 600_000, 1_000, 'how often learning is made durable'),
        halfLifeDays: num(0.001, 36_500, 60, 'forgetting: weight of an impression halves in this time'),
        lambda: Type.Number({
          exclusiveMinimum: 0,
          maximum: 1e6,
          default: 1,
          description: 'regularisation of the shared block',
        }),
        maxOpenJoins: int(
          100,
          1_000_000_000,
          5_000_000,
          'pages waiting for events, per partition: they are on disk',
        ),
        maxHeldEvents: int(
          1,
          100_000_000,
          1_000_000,
          'events waiting for their decision, per partition: they are on disk',
        ),
        joinCacheBytes: int(
          1 << 16,
          2 ** 36,
          16 << 20,
          'waiting pages kept in memory because events came lately, per partition',
        ),
      },
      strict,
    ),
    eventLog: EventLogSection,
    store: StoreSection,
    sink: Type.Object(
      {
        batchRows: int(1, 100_000, 20_000, 'rows of one insert'),
        maxBatchAgeMs: int(10, 600_000, 1_000, 'oldest a row gets before it is inserted'),
        rollUpIntervalMs: int(
          100,
          3_600_000,
          5_000,
          'the roll-ups of an hour are rebuilt at most so often; an older hour’s less often',
        ),
        slotSampleRate: num(
          0,
          1,
          0.01,
          'share of the pages whose slots are kept whether they were displayed or not; displayed slots all are',
        ),
        spoolAfterMs: int(
          0,
          600_000,
          5_000,
          'clickhouse: a batch that could not be inserted for so long goes to the spool on disk',
        ),
        spoolMaxBytes: int(
          1 << 20,
          2 ** 44,
          2 ** 30,
          'clickhouse: most bytes of the spool; then the sink stops reading',
        ),
      },
      strict,
    ),
    analytics: AnalyticsSection,
    personalizer: PersonalizerSection,
  },
  { additionalProperties: false },
);

export type Config = Static<typeof ConfigSchema>;
export type VariantConfig = Config['experiment']['variants'][number];
