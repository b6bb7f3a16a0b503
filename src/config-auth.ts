import { Type } from '@sinclair/typebox';
import { int, num, strict, strictSecret } from './config-parts.js';
import { SCOPES } from './identity/scopes.js';

const KeySchema = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
      description:
        'what logs and metrics call the key; two of one id are the old and the new of a rotation, both good',
    }),
    sha256: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        secret: true,
        description: 'of the key, in hexadecimal, as `marquee keys new` prints it; this or `key`',
      }),
    ),
    key: Type.Optional(
      Type.String({
        minLength: 24,
        secret: true,
        description: 'the key itself, where it need not be hidden',
      }),
    ),
    scopes: Type.Array(Type.Union(SCOPES.map((scope) => Type.Literal(scope))), {
      minItems: 1,
      uniqueItems: true,
      description:
        'serve: pages, experiments, member tokens; ingest: events; admin: catalogue, members, settings; read: what there is, metrics, pages for people',
    }),
    expiresAt: Type.Optional(
      Type.String({
        pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$`,
        description: 'UTC; from then on the key is refused, and its uses counted; absent: never',
      }),
    ),
  },
  { additionalProperties: false, secret: true },
);

export const AuthSection = Type.Object(
  {
    apiKeys: Type.Array(Type.String({ minLength: 24, secret: true }), {
      secret: true,
      default: [],
      maxItems: 100,
      description:
        'keys in plain text that may do everything (X-API-Key, Bearer, or Basic password); no key here nor in auth.keys: only loopback is served',
    }),
    keys: Type.Array(KeySchema, {
      secret: true,
      default: [],
      maxItems: 100,
      description: 'keys by what they may do, hashed',
    }),
    memberTokenTtlMs: int(
      1000,
      86_400_000,
      900_000,
      'how long a browser may ask for one member’s pages with a token of POST /v1/member-tokens',
    ),
  },
  strictSecret,
);

export const LimitsSection = Type.Object(
  {
    requestsPerSecond: num(
      0,
      1_000_000,
      0,
      'requests that each key (by its id) may send to this process a second; 0: as many as it likes',
    ),
    burst: int(1, 1_000_000, 100, 'requests that may come at once after a quiet while'),
  },
  strict,
);
