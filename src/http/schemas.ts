import { Type } from '@sinclair/typebox';
import { DEVICES } from '../../client/types.js';
import { ID_FORMAT } from './validation.js';

/** JSON Schemas of the requests. The types in client/ are the contract: schemas.test.ts does not compile where one departs from it. */
const strict = { additionalProperties: false } as const;
const id = (description: string) => Type.String({ minLength: 1, format: ID_FORMAT.name, description });
const country = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166 alpha-2' });
const themes = Type.Record(Type.String({ maxLength: 40 }), Type.Number({ minimum: 0, maximum: 1 }));
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
/** http(s), or a path on this service: what may stand in an img's src */
const url = Type.String({ maxLength: 2048, pattern: '^(https?://|/[^/])' });

export const HomeRequestSchema = Type.Object(
  {
    memberId: id('who is asking'),
    country,
    language: Type.String({
      pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$',
      maxLength: 35,
      description: 'BCP 47',
    }),
    device: Type.Union(DEVICES.map((d) => Type.Literal(d))),
    rows: Type.Optional(
      Type.Array(
        Type.Object(
          {
            rowId: id('row'),
            name: Type.Optional(text(200)),
            titleIds: Type.Array(id('title'), { minItems: 1 }),
          },
          strict,
        ),
        {
          minItems: 1,
        },
      ),
    ),
    explain: Type.Optional(Type.Boolean()),
  },
  strict,
);

const ArtworkSchema = Type.Object(
  {
    artworkId: id('artwork'),
    url,
    themes,
    label: Type.Optional(text(200)),
    emphasis: Type.Optional(text(60)),
  },
  strict,
);

const WindowSchema = Type.Object(
  {
    countries: Type.Optional(Type.Array(country, { maxItems: 300 })),
    from: Type.Optional(text(40)),
    until: Type.Optional(text(40)),
  },
  strict,
);

export const TitleSchema = Type.Object(
  {
    titleId: id('title'),
    name: text(300),
    year: Type.Optional(Type.Integer({ minimum: 1870, maximum: 2200 })),
    genres: Type.Optional(Type.Array(text(60), { maxItems: 50 })),
    cast: Type.Optional(Type.Array(text(200), { maxItems: 500 })),
    countries: Type.Optional(Type.Array(country, { maxItems: 300 })),
    maturityRating: Type.Optional(Type.Integer({ minimum: 0, maximum: 21 })),
    availability: Type.Optional(Type.Array(WindowSchema, { maxItems: 300 })),
    themes,
    artworks: Type.Array(ArtworkSchema, { maxItems: 1000 }),
    defaultArtworkId: Type.Optional(id('artwork')),
  },
  strict,
);

export const RowSchema = Type.Object(
  { rowId: id('row'), name: text(200), titleIds: Type.Array(id('title'), { maxItems: 5000 }) },
  strict,
);

export const MemberSchema = Type.Object(
  {
    memberId: id('member'),
    themes: Type.Optional(themes),
    maturityLimit: Type.Optional(Type.Integer({ minimum: 0, maximum: 150 })),
    simulated: Type.Optional(Type.Boolean()),
    label: Type.Optional(text(200)),
  },
  strict,
);

export const MemberTokenRequestSchema = Type.Object({ memberId: id('member') }, strict);

const slot = Type.Integer({ minimum: 0, maximum: 1_000_000 });
const atMs = Type.Optional(Type.Integer({ minimum: 0, maximum: 8.64e15 }));
const token = Type.String({ minLength: 1, maxLength: 2000 });

export const ImpressionSchema = Type.Object({ type: Type.Literal('impression'), token, slot, atMs }, strict);
export const PlaySchema = Type.Object(
  {
    type: Type.Literal('play'),
    token,
    slot,
    playId: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    watchedSeconds: Type.Number({ minimum: 0, maximum: 1e7 }),
    watchedFraction: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    atMs,
  },
  strict,
);
