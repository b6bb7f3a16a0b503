import type { Static } from '@sinclair/typebox';
import { expect, expectTypeOf, test } from 'vitest';
import type {
  ErrorBody,
  EventsResponse,
  Explanation,
  HomeResponse,
  PutResponse,
} from '../../client/types.js';
import { ERRORS } from '../../core/errors.js';
import {
  ErrorSchema,
  type EventsResponseSchema,
  type ExplanationSchema,
  type HomeResponseSchema,
  type PutResponseSchema,
} from './answers.js';
import { validator } from './validation.js';

type Mutable<T> = T extends string | number | boolean | undefined
  ? T
  : { -readonly [K in keyof T]: Mutable<T[K]> };

test('the schemas promise exactly the types of the client package (checked when this compiles)', () => {
  expectTypeOf<Mutable<Static<typeof HomeResponseSchema>>>().toEqualTypeOf<Mutable<HomeResponse>>();
  expectTypeOf<Mutable<Static<typeof EventsResponseSchema>>>().toEqualTypeOf<Mutable<EventsResponse>>();
  expectTypeOf<Mutable<Static<typeof PutResponseSchema>>>().toEqualTypeOf<Mutable<PutResponse>>();
  expectTypeOf<Mutable<Static<typeof ExplanationSchema>>>().toEqualTypeOf<Mutable<Explanation>>();
  expectTypeOf<Static<typeof ErrorSchema>>().toExtend<Mutable<ErrorBody>>();
});

test('an error names one of the codes', () => {
  const check = validator(ErrorSchema);
  const body = (code: string) => ({ error: { code, message: 'no', retry: false } });
  for (const code of Object.keys(ERRORS)) expect(check(body(code)).kind).toBe('valid');
  expect(check(body('made/up')).kind).toBe('invalid');
});
