import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.js';
import { formatDuration, parseDuration } from './iso-duration.js';
import { parseArguments } from './policy-arguments.js';
import { checkEventId, readMultiSlotRank, readMultiSlotReward, readRank, readReward } from './requests.js';

const LIMITS = { maxActions: 3, maxSlots: 2, maxContextFeatures: 4, maxActionFeatures: 2 };
const action = (id: string, features: object[] = []) => ({ id, features });

describe('Rank', () => {
  it('takes what is optional as missing, null or empty', () => {
    const actions = [action('a')];
    const call = { asked: { context: [], actions, excluded: [] }, eventId: undefined, deferred: false };
    expect(readRank({ actions }, LIMITS)).toEqual(call);
    const nulls = { contextFeatures: null, excludedActions: null, eventId: '', deferActivation: null };
    expect(readRank({ actions, ...nulls }, LIMITS)).toEqual(call);
  });

  it.each([
    ['no actions', { actions: [] }],
    ['too many actions', { actions: ['a', 'b', 'c', 'd'].map((id) => action(id)) }],
    ['an id twice', { actions: [action('a'), action('a')] }],
    ['an action without features', { actions: [{ id: 'a' }] }],
    ['all excluded', { actions: [action('a')], excludedActions: ['a', 'b'] }],
    ['too many features', { actions: [action('a', [{ x: 1, y: 1, z: 1 }])] }],
    ['too much context', { actions: [action('a')], contextFeatures: [{ a: [1, 1, 1, 1, 1] }] }],
    ['half of a character', { actions: [action('a')], eventId: '\ud800' }],
    ['a long id', { actions: [action('a')], eventId: 'x'.repeat(257) }],
  ])('refuses %s', (_what, body) => {
    expect(() => readRank(body, LIMITS)).toThrow(AppError);
  });

  it('refuses slots that cannot be filled as they are described', () => {
    const actions = ['a', 'b'].map((id) => action(id));
    const slot = (id: string, baselineAction: string, more = {}) => ({ id, baselineAction, ...more });
    const read = (...slots: object[]) => readMultiSlotRank({ actions, slots }, LIMITS);
    expect(read(slot('x', 'a'), slot('y', 'b')).asked.slots).toHaveLength(2);
    for (const bad of [
      [slot('x', 'a'), slot('x', 'b')],
      [slot('x', 'a'), slot('y', 'a')],
      [slot('x', 'nobody')],
      [slot('x', 'a', { excludedActions: ['a'] })],
      [slot('x', 'a'), slot('y', 'b'), slot('z', 'a')],
      [],
    ])
      expect(() => read(...bad)).toThrow(AppError);
  });
});

it('any JSON is understood or refused, never a fault of ours', () => {
  const readers = [
    (body: unknown) => readRank(body, LIMITS),
    (body: unknown) => readMultiSlotRank(body, LIMITS),
    readReward,
    readMultiSlotReward,
    (body: unknown) => checkEventId(JSON.stringify(body)),
  ];
  const near = fc.record(
    {
      actions: fc.jsonValue(),
      slots: fc.jsonValue(),
      contextFeatures: fc.jsonValue(),
      value: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), near), fc.nat({ max: readers.length - 1 }), (body, which) => {
      try {
        readers[which]!(body);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    }),
    { seed: 11, numRuns: 1_000 },
  );
});

describe('durations', () => {
  it.each([
    // Examples of ISO 8601-1:2019, 5.5.2, as far as they have no years, months or weeks.
    ['PT10M', 600_000],
    ['P2D', 172_800_000],
    ['P1DT12H', 129_600_000],
    ['PT1H30M0.5S', 5_400_500],
    ['PT0S', 0],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(parseDuration(formatDuration(ms))).toBe(ms);
  });

  it.each(['P', 'PT', '10', 'P1Y', 'PT1', '', '-PT5M'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

it('learning settings are ours, and what is not said stays', () => {
  const defaults = { lambda: 0.1, gamma: 10, growth: 0.5 };
  expect(parseArguments('', defaults)).toEqual(defaults);
  expect(parseArguments(' --gamma 3  --growth 0 ', defaults)).toEqual({ lambda: 0.1, gamma: 3, growth: 0 });
  for (const bad of ['--gamma', '--gamma -1', '--epsilon 0.2', 'gamma 3', '--lambda 0', '--__proto__ 1'])
    expect(() => parseArguments(bad, defaults)).toThrow('arguments has');
});
