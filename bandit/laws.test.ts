import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mix32 } from '../core/hash.js';
import { seededRng } from '../core/rng.js';
import { ArmStatistics } from './arm-statistics.js';
import { chooseArm } from './choose.js';
import { chiSquareDeviate } from './oracles.contract.js';
import { createPolicy } from './policies/index.js';
import { POLICY_NAMES, type Model, type Policy, type Slate, type SlateScores } from './policy.js';
import { statisticsOf } from './policy-statistics.js';
import { priorFrom } from './prior.js';

/** The suite every policy passes. A new one is added to POLICY_NAMES and to nothing here. */
const D = 6;
const ROWS = 24;

function randomContext(rng: ReturnType<typeof seededRng>): Float32Array {
  return Float32Array.from({ length: D }, (_, i) => (i === 0 ? 1 : rng.normal()));
}

/** A little world: artworks that differ, rewards that depend on them, all from one seed. */
function learnedWorld(
  policy: Policy,
  seed: number,
  trials: number,
): { statistics: ArmStatistics; shared: ArmStatistics } {
  const rng = seededRng(seed);
  const statistics = statisticsOf({ ...policy, dimension: D });
  const shared = new ArmStatistics({ dimension: D });
  for (let t = 0; t < trials; t++) {
    const row = rng.below(ROWS - 4);
    const x = randomContext(rng);
    const reward = rng.uniform() < 0.02 * (1 + (row % 7)) ? rng.uniform() : 0;
    for (const [target, at] of [
      [statistics, row],
      [shared, 0],
    ] as const) {
      target.addTrial(at, x, 0, 1, t);
      if (reward > 0) target.addReward(at, x, 0, reward, 1, t);
    }
  }
  return { statistics, shared };
}

function randomSlate(seed: number, size: number): Slate {
  const rng = seededRng(seed);
  const contexts = new Float32Array(size * D);
  for (let a = 0; a < size; a++) contexts.set(randomContext(rng), a * D);
  return { size, rows: Int32Array.from({ length: size }, () => rng.below(ROWS)), contexts };
}

function emptyScores(size: number): SlateScores {
  return {
    means: new Float64Array(size),
    deviations: new Float64Array(size),
    propensities: new Float64Array(size),
  };
}

function scored(policy: Policy, model: Model, slate: Slate): SlateScores {
  const scores = emptyScores(slate.size);
  policy.score(model, slate, scores);
  return scores;
}

function servedModel(policy: Policy, fitted: Uint8Array): Model {
  const model = policy.emptyModel();
  policy.apply(model, fitted);
  return model;
}

const seeds = fc.integer({ min: 0, max: 2 ** 30 });
const sizes = fc.integer({ min: 1, max: 12 });

describe.each(POLICY_NAMES)('laws: %s', (name) => {
  const policy = createPolicy(name, {}, D);
  const { statistics, shared } = learnedWorld(policy, 17, 2000);
  const nothing = statisticsOf({ ...policy, dimension: D });
  const prior = priorFrom(shared);
  const base = policy.fit(statistics, prior);
  const model = servedModel(policy, base);

  it('probabilities are at least floor/K and sum to 1 ± 1e-9; means and deviations are finite', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, size) => {
        for (const served of [model, policy.emptyModel()]) {
          const { means, deviations, propensities } = scored(policy, served, randomSlate(seed, size));
          expect(Math.abs(propensities.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-9);
          expect(Math.min(...propensities)).toBeGreaterThanOrEqual((policy.floor / size) * (1 - 1e-12));
          expect([...means, ...deviations].every(Number.isFinite)).toBe(true);
          expect(Math.min(...deviations)).toBeGreaterThanOrEqual(0);
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('many slates at once are the slates one by one, to the bit', () => {
    fc.assert(
      fc.property(seeds, fc.array(sizes, { minLength: 1, maxLength: 9 }), (seed, each) => {
        const slates = each.map((size, i) => randomSlate(seed + i, size));
        const starts = Int32Array.from(
          [0, ...each].map((_, i) => each.slice(0, i).reduce((a, b) => a + b, 0)),
        );
        const arms = starts[each.length]!;
        const run = {
          ...{ count: each.length, starts },
          rows: Int32Array.from(slates.flatMap((slate) => [...slate.rows])),
          contexts: Float32Array.from(slates.flatMap((slate) => [...slate.contexts])),
        };
        for (const served of [model, policy.emptyModel()]) {
          const together = emptyScores(arms);
          (policy.scoreSlates ?? oneByOne)(served, run, together);
          expect(together).toEqual(alone(served, slates));
        }
      }),
      { seed: 8, numRuns: 60 },
    );
  });

  /** For the policies that know no other way: then this states only that slates stand where they should. */
  const oneByOne: NonNullable<Policy['scoreSlates']> = (
    served,
    { count, starts, rows, contexts },
    scores,
  ) => {
    for (let s = 0; s < count; s++) {
      const [from, to] = [starts[s]!, starts[s + 1]!];
      const slate = { size: to - from, rows: rows.slice(from), contexts: contexts.slice(from * D) };
      const one = scored(policy, served, slate);
      for (const column of ['means', 'deviations', 'propensities'] as const)
        scores[column].set(one[column], from);
    }
  };

  const alone = (served: Model, slates: readonly Slate[]): SlateScores => {
    const each = slates.map((slate) => scored(policy, served, slate));
    const joined = (column: keyof SlateScores) => Float64Array.from(each.flatMap((one) => [...one[column]]));
    return {
      means: joined('means'),
      deviations: joined('deviations'),
      propensities: joined('propensities'),
    };
  };

  it('200,000 draws match the propensities (χ²)', () => {
    const slate = randomSlate(5, 8);
    const { propensities } = scored(policy, model, slate);
    const hashes = Uint32Array.from({ length: 8 }, (_, a) => mix32(a + 1));
    const counts = Array.from({ length: 8 }, () => 0);
    for (let n = 0; n < 200_000; n++) counts[chooseArm(propensities, 8, n, 1, 2, hashes)]!++;
    expect(Math.abs(chiSquareDeviate(counts, [...propensities]))).toBeLessThan(4);
  });

  it('scoring writes nothing: a model that answered thousands equals a twin that answered none', () => {
    const busy = servedModel(policy, base);
    const twin = servedModel(policy, base);
    const slates = Array.from({ length: 40 }, (_, i) => randomSlate(i, 1 + (i % 12)));
    for (let round = 0; round < 50; round++) for (const slate of slates) scored(policy, busy, slate);
    expect([busy.rows, busy.byteLength]).toEqual([twin.rows, twin.byteLength]);
    for (const slate of slates) expect(scored(policy, busy, slate)).toEqual(scored(policy, twin, slate));
    expect(policy.fit(statistics, prior)).toEqual(base);
  });

  it('a snapshot round-trips to identical choices, whole or as base and deltas', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, size) => {
        const slate = randomSlate(seed, size);
        const again = servedModel(policy, base.slice());
        expect(scored(policy, again, slate)).toEqual(scored(policy, model, slate));
        // An empty base carries the prior; the rows then come in two deltas.
        const pieces = servedModel(policy, policy.fit(nothing, prior));
        const rows = Int32Array.from({ length: ROWS }, (_, row) => row);
        policy.apply(pieces, policy.fit(statistics, prior, rows.subarray(0, 9)));
        policy.apply(pieces, policy.fit(statistics, prior, rows.subarray(9)));
        expect(scored(policy, pieces, slate)).toEqual(scored(policy, model, slate));
      }),
      { seed: 2, numRuns: 30 },
    );
  });

  it('merged statistics serve as statistics learned together', () => {
    const [a, b] = [learnedWorld(policy, 1, 300), learnedWorld(policy, 2, 300)];
    const together = learnedWorld(policy, 1, 300).statistics;
    together.merge(b.statistics);
    const backward = b.statistics.clone();
    backward.merge(a.statistics);
    const models = [together, backward].map((sums) => servedModel(policy, policy.fit(sums, prior)));
    for (let seed = 0; seed < 20; seed++) {
      const [first, second] = models.map((served) => scored(policy, served, randomSlate(seed, 8)));
      first!.propensities.forEach((p, i) => {
        expect(second!.propensities[i]).toBeCloseTo(p, 4);
      });
    }
  });

  it('a new base replaces the model: prior, and rows that are gone', () => {
    const served = servedModel(policy, base);
    policy.apply(served, policy.fit(nothing, prior));
    const fresh = servedModel(policy, policy.fit(nothing, prior));
    expect(served.rows).toBe(0);
    for (let seed = 0; seed < 10; seed++) {
      expect(scored(policy, served, randomSlate(seed, 5))).toEqual(
        scored(policy, fresh, randomSlate(seed, 5)),
      );
    }
  });

  it('bytes that do not parse change nothing', () => {
    const served = servedModel(policy, base);
    const slate = randomSlate(3, 8);
    const before = scored(policy, served, slate);
    fc.assert(
      fc.property(
        fc.nat(15),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(base.length - 1),
        (at, change, length) => {
          const flipped = base.slice();
          flipped[at] = flipped[at]! ^ change;
          for (const bytes of [
            flipped,
            base.subarray(0, length),
            Uint8Array.of(...base.subarray(0, 40), 7),
          ]) {
            expect(() => {
              policy.apply(served, bytes);
            }).toThrow(expect.objectContaining({ code: 'snapshot/corrupt' }));
          }
        },
      ),
      { seed: 4, numRuns: 200 },
    );
    expect(scored(policy, served, slate)).toEqual(before);
  });

  it('an empty, oversized or short slate is refused', () => {
    const refuse = (slate: Slate, scores: SlateScores, code: string): void => {
      expect(() => {
        policy.score(model, slate, scores);
      }).toThrow(expect.objectContaining({ code }));
    };
    const slate = randomSlate(1, 3);
    refuse({ ...slate, size: 0 }, emptyScores(3), 'bandit/empty-slate');
    refuse({ ...slate, size: 4 }, emptyScores(4), 'bandit/bad-shape');
    refuse(slate, emptyScores(2), 'bandit/bad-shape');
    refuse(randomSlate(1, 201), emptyScores(201), 'bandit/bad-shape');
  });
});

describe('createPolicy', () => {
  it.each([
    ['greedy', {}, /policy is "greedy"; expected one of: uniform, best-unpersonalised, linear-thompson/],
    ['epsilon-greedy', { epsilon: 2 }, /epsilon-greedy.epsilon is 2; expected a number in \[0, 1\]/],
    ['softmax', { temperature: 0 }, /softmax.temperature is 0; expected a finite number > 0/],
    ['linucb', { alpha: -1 }, /linucb.alpha is -1; expected a finite number ≥ 0/],
    ['linucb', { growth: 3 }, /linucb.growth is 3; expected a number in \[−2, 2\]/],
    ['squarecb', { gamma: Infinity }, /squarecb.gamma is Infinity; expected a finite number > 0/],
    ['regcb', { confidence: NaN }, /regcb.confidence is NaN; expected a finite number ≥ 0/],
    ['uniform', { floor: 0.1 }, /uniform has no setting "floor"; expected one of: none/],
    [
      'best-unpersonalised',
      { floor: 1.5 },
      /best-unpersonalised.floor is 1.5; expected a number in \[0, 1\]/,
    ],
    ['linear-thompson', { lamda: 1 }, /no setting "lamda"; expected one of: lambda, noise, floor/],
    ['linear-thompson', { lambda: 0 }, /linear-thompson.lambda is 0; expected a finite number > 0/],
    ['linear-thompson', { noise: '0.3' }, /linear-thompson.noise is "0.3"/],
    ['linear-thompson', { dimension: 3 }, /no setting "dimension"/],
  ])('%s %j is refused by name', (name, settings, message) => {
    expect(() => createPolicy(name, settings, D)).toThrow(message);
  });

  it('refuses contexts without entries where contexts are learned from', () => {
    expect(() => createPolicy('linear-thompson', {}, 0)).toThrow(
      expect.objectContaining({ code: 'bandit/bad-setting' }),
    );
  });
});
