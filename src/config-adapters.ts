import { Type } from '@sinclair/typebox';
import { int, num, strict, strictSecret } from './config-parts.js';

const file = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const text = (value: string, description: string) =>
  Type.String({ minLength: 1, default: value, description });

const certificates = {
  caFile: file('PEM file of the authorities to trust; absent: those of the system'),
  certFile: file('PEM file of the certificate to show; with keyFile'),
  keyFile: file('PEM file of its private key; with certFile'),
};

export const SASL_MECHANISMS = ['none', 'plain', 'scram-sha-256', 'scram-sha-512'] as const;

const SaslSection = Type.Object(
  {
    mechanism: Type.Union(
      SASL_MECHANISMS.map((m) => Type.Literal(m)),
      { default: 'none', description: 'how this process says who it is; plain wants TLS' },
    ),
    username: Type.Optional(Type.String({ minLength: 1, description: 'needed unless mechanism is none' })),
    password: Type.Optional(
      Type.String({ minLength: 1, secret: true, description: 'needed unless mechanism is none' }),
    ),
  },
  strictSecret,
);

const KafkaSection = Type.Object(
  {
    brokers: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      maxItems: 100,
      uniqueItems: true,
      description: 'host:port of some brokers; at least one where eventLog.adapter is kafka',
    }),
    prefix: text('marquee.', 'topics and groups of one Marquee on a shared cluster begin with this'),
    clientId: text('marquee', 'what this process calls itself'),
    tls: Type.Object(
      { enabled: Type.Boolean({ default: false, description: 'speak TLS to the brokers' }), ...certificates },
      strict,
    ),
    sasl: SaslSection,
    schemaRegistry: Type.Object(
      {
        url: Type.Optional(
          Type.String({
            pattern: '^https?://',
            description:
              'a Confluent-compatible schema registry: payloads then carry its schema ids, for other Avro consumers; absent: our own header',
          }),
        ),
        username: Type.Optional(Type.String({ minLength: 1, description: 'where it asks for one' })),
        password: Type.Optional(Type.String({ minLength: 1, secret: true, description: 'with username' })),
      },
      strictSecret,
    ),
    replicationFactor: int(1, 100, 3, 'copies of each partition where this process makes the topics'),
    maxRequestBytes: int(65_536, 1 << 30, 4 << 20, 'bytes of one request to the brokers'),
    maxFetchBytesPerPartition: int(
      65_536,
      1 << 30,
      1 << 20,
      'bytes fetched at a time, per partition, but never less than one batch as it was produced',
    ),
    maxFetchBytes: int(
      65_536,
      1 << 30,
      10 << 20,
      'bytes fetched at a time; a consumer holds at most one fetch of each broker',
    ),
    maxRetryTimeMs: int(
      50,
      600_000,
      10_000,
      'brokers that answer with errors are asked again for about so long',
    ),
    requestTimeoutMs: int(
      100,
      600_000,
      10_000,
      'a broker that is silent for so long is asked again; an append fails after this and maxRetryTimeMs together',
    ),
    sessionTimeoutMs: int(
      6_000,
      1_800_000,
      10_000,
      'a consumer unheard for so long loses its partitions; brokers want at least 6,000',
    ),
    rebalanceTimeoutMs: int(
      1_000,
      1_800_000,
      60_000,
      'a group that shares anew waits so long for a member to finish its batch',
    ),
    heartbeatIntervalMs: int(50, 600_000, 1_000, 'also how soon a consumer learns that it must share'),
    fetchWaitMs: int(1, 60_000, 200, 'an empty fetch comes back after so long'),
    joinPatienceMs: int(
      1,
      600_000,
      3_000,
      'how long the start waits for a share of the partitions; it is waited for all the same',
    ),
    maxConsumerFailures: int(
      0,
      1_000,
      5,
      'a consumer that fails again and again, other than for brokers that are away, gives up after so many times in a row',
    ),
  },
  strictSecret,
);

/** `eventLog`: what both adapters heed, what only the embedded one does, and `kafka`. */
export const EventLogSection = Type.Object(
  {
    adapter: Type.Union([Type.Literal('embedded'), Type.Literal('kafka')], {
      default: 'embedded',
      description: 'embedded: files of this process alone; kafka: shared by many processes',
    }),
    partitions: int(1, 256, 2, 'partitions of every topic; fixed once the log exists'),
    segmentBytes: int(65_536, 1 << 30, 64 << 20, 'embedded: a segment file is closed at this size'),
    maxRecordBytes: int(1024, 64 << 20, 1 << 20, 'largest record'),
    maxPendingBytes: int(
      1 << 20,
      2 ** 32,
      64 << 20,
      'appended but not yet written; beyond this requests are refused as overloaded',
    ),
    retentionDays: num(
      0.01,
      36_500,
      7,
      'embedded: segments older than this are dropped once every group has read them; kafka: how long topics keep records, labels excepted',
    ),
    retentionBytes: int(
      1 << 20,
      2 ** 44,
      2 ** 30,
      'embedded: bytes of a partition beyond which read segments are dropped',
    ),
    kafka: KafkaSection,
  },
  strict,
);

const RedisSection = Type.Object(
  {
    urls: Type.Array(Type.String({ minLength: 1, secret: true }), {
      secret: true,
      default: [],
      maxItems: 100,
      uniqueItems: true,
      description:
        'redis:// or rediss:// (TLS) addresses, with user and password where needed; several are the nodes of one cluster',
    }),
    cluster: Type.Boolean({
      default: false,
      description: 'one address is a node of a cluster too, which names the others; several always are',
    }),
    namespace: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
      default: 'marquee',
      description:
        'keys of one Marquee on a shared server begin with this; in a cluster it is their hash tag, so that all are in one slot',
    }),
    tls: Type.Object(certificates, strict),
    commandTimeoutMs: int(50, 600_000, 5_000, 'a command without an answer for so long fails'),
    maxRetries: int(0, 100, 3, 'how often a command is sent again over a new connection before it fails'),
    maxReconnectDelayMs: int(10, 600_000, 2_000, 'longest wait between two attempts to connect'),
  },
  strictSecret,
);

/** `store`: the catalogue, members, snapshots. A learner's own checkpoint is always in its data directory. */
export const StoreSection = Type.Object(
  {
    adapter: Type.Union([Type.Literal('lmdb'), Type.Literal('redis')], {
      default: 'lmdb',
      description: 'lmdb: in the data directory, for this process alone; redis: shared by many processes',
    }),
    redis: RedisSection,
  },
  strictSecret,
);

const ClickHouseSection = Type.Object(
  {
    url: Type.Optional(
      Type.String({
        minLength: 1,
        secret: true,
        description: 'http://host:8123 or https://host:8443; needed where analytics.adapter is clickhouse',
      }),
    ),
    username: text('default', 'it may read and write the database marquee, and make it'),
    password: Type.Optional(Type.String({ secret: true, description: 'absent: none' })),
    tls: Type.Object(certificates, strict),
    compress: Type.Boolean({
      default: false,
      description: 'gzip, both ways: where the network is slower than a processor',
    }),
    maxConcurrentQueries: int(1, 1_024, 4, 'queries that run at once'),
    maxConcurrentInserts: int(1, 1_024, 2, 'inserts that run at once'),
    maxOpenConnections: int(1, 1_024, 8, 'connections kept to the server'),
    idleConnectionMs: int(
      1,
      600_000,
      2_500,
      'an idle connection is not used again after so long: less than the server’s keep_alive_timeout',
    ),
  },
  strictSecret,
);

const days = (table: string) =>
  int(0, 36_500, 0, `days that rows of ${table} are kept at least, to the month; 0: for ever`);

/** `analytics`: what both adapters heed, and `clickhouse`. */
export const AnalyticsSection = Type.Object(
  {
    adapter: Type.Union([Type.Literal('chdb'), Type.Literal('clickhouse')], {
      default: 'chdb',
      description: 'chdb: tables in the data directory of one process; clickhouse: a server',
    }),
    queryTimeoutMs: int(100, 600_000, 10_000, 'a query that takes longer fails'),
    writeTimeoutMs: int(1_000, 3_600_000, 120_000, 'an insert or a schema change that takes longer fails'),
    memoryLimitBytes: int(
      256 << 20,
      2 ** 40,
      2 ** 31,
      'chdb: memory of the engine; clickhouse: of one query on the server',
    ),
    retentionDays: Type.Object(
      {
        decisions: days('decisions'),
        decidedSlots: days('decided_slots'),
        impressions: days('impressions'),
        plays: days('plays'),
        outcomes: days('outcomes'),
        deadLetters: days('dead_letters'),
        outcomesHourly: days('outcomes_hourly'),
      },
      strict,
    ),
    clickhouse: ClickHouseSection,
  },
  strict,
);
