import type { Static } from '@sinclair/typebox';
import { expect, expectTypeOf, test } from 'vitest';
import type { CatalogueRow, EventReport, HomeRequest, Member, Title } from '../../client/types.js';
import {
  HomeRequestSchema,
  type ImpressionSchema,
  type MemberSchema,
  type PlaySchema,
  type RowSchema,
  type TitleSchema,
} from './schemas.js';
import { validator } from './validation.js';

type Mutable<T> = T extends string | number | boolean | undefined
  ? T
  : { -readonly [K in keyof T]: Mutable<T[K]> };

test('the schemas accept exactly the types that the client package promises (checked when this compiles)', () => {
  expectTypeOf<Mutable<Static<typeof HomeRequestSchema>>>().toEqualTypeOf<Mutable<HomeRequest>>();
  expectTypeOf<Mutable<Static<typeof TitleSchema>>>().toEqualTypeOf<Mutable<Title>>();
  expectTypeOf<Mutable<Static<typeof RowSchema>>>().toEqualTypeOf<Mutable<CatalogueRow>>();
  expectTypeOf<Mutable<Static<typeof MemberSchema>>>().toEqualTypeOf<Mutable<Member>>();
  expectTypeOf<Mutable<Static<typeof ImpressionSchema> | Static<typeof PlaySchema>>>().toEqualTypeOf<
    Mutable<EventReport>
  >();
});

test.each([
  [{}, 'the request lacks the field "memberId"'],
  [
    { memberId: 'm', country: 'gb', language: 'en', device: 'web' },
    'country is "gb"; it must match pattern "^[A-Z]{2}$"',
  ],
  [
    { memberId: 'm', country: 'GB', language: 'en', device: 'fridge' },
    'device is "fridge"; expected one of tv, mobile, web',
  ],
  [
    { memberId: 'm', country: 'GB', language: 'en', device: 'web', colour: 1 },
    'the request has the unknown field "colour"',
  ],
  [
    { memberId: 'm\0m', country: 'GB', language: 'en', device: 'web' },
    'memberId is "m\\u0000m"; it must match format "id of at most 256 bytes of UTF-8 without control characters"',
  ],
])('%j is refused with the value and what was expected', (request, message) => {
  const checked = validator(HomeRequestSchema)(request);
  expect(checked).toMatchObject({ kind: 'invalid', error: { code: 'request/invalid', message } });
});

test.each([
  ['256 letters', 'm'.repeat(256), 'valid'],
  ['86 characters of 3 bytes each, 258 in all', '日'.repeat(86), 'invalid'],
  ['64 characters of 4 bytes each, 256 in all', '🎬'.repeat(64), 'valid'],
  ['half a surrogate pair, which would become U+FFFD in a token', 'm\ud83c', 'invalid'],
])('an id is counted in the bytes it is kept as: %s', (_what, memberId, kind) => {
  const request = { memberId, country: 'GB', language: 'en', device: 'web' };
  expect(validator(HomeRequestSchema)(request).kind).toBe(kind);
});
