import { expect, test } from 'vitest';
import { contextSchema, daypartOf, writeContext } from './context-vector.js';

test('x lays out intercept, groups, affinity, member ⊙ artwork and member, as the docstring says', () => {
  const schema = contextSchema(['horror', 'romance']);
  expect(schema.dimension).toBe(12);
  const x = new Float32Array(14).fill(9);
  writeContext(schema, Float32Array.of(0.5, 1), 2, 3, Float32Array.of(9, 0.25, 0.5), 1, x, 1);
  expect([...x]).toEqual([9, 1, 0, 0, 1, 0, 0, 1, 0.625, 0.125, 0.5, 0.5, 1, 9]);
  expect(schema.names).toEqual([
    'intercept',
    'device=tv',
    'device=mobile',
    'device=web',
    'daypart=day',
    'daypart=evening',
    'daypart=night',
    'affinity',
    'member×artwork horror',
    'member×artwork romance',
    'member horror',
    'member romance',
  ]);
});

test('12 themes give d = 32; another vocabulary gives another hash; too many themes are refused', () => {
  const twelve = Array.from({ length: 12 }, (_, i) => `t${i}`);
  expect(contextSchema(twelve).dimension).toBe(32);
  expect(contextSchema(twelve).hash).toBe(contextSchema([...twelve]).hash);
  expect(contextSchema([...twelve].reverse()).hash).not.toBe(contextSchema(twelve).hash);
  expect(() => contextSchema(Array.from({ length: 29 }, (_, i) => `t${i}`))).toThrow(
    /d = 66; expected d ≤ 64/,
  );
});

test('dayparts are quarters of the UTC day', () => {
  const at = (hour: number) => daypartOf(Date.UTC(2026, 0, 1, hour));
  expect([6, 11, 12, 18, 23, 0, 5].map(at)).toEqual([0, 0, 1, 2, 2, 3, 3]);
});
