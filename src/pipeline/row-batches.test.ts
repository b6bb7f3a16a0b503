import { expect, test } from 'vitest';
import { createPolicy, LinearModel, statisticsOf, type Policy, type PolicyName } from '../../bandit/index.js';
import { seededRng } from '../../core/rng.js';
import { Catalogue } from '../../features/catalogue.js';
import { contextSchema, writeContext } from '../../features/context-vector.js';
import type { CappedArtworks } from '../../features/shown-artworks.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { candidateSource } from './candidates.js';
import { Decider } from './decide.js';
import type { DecisionInput } from './decision-input.js';
import { EXAMINED_ALIKE } from './models.js';
import { TitleOrder } from './order.js';
import { Page } from './page.js';

const THEMES = ['horror', 'romance', 'comedy'];
const schema = contextSchema(THEMES);
const rng = seededRng(11);

/** Rows of which the second shows titles of the first again, and one title twice; titles of 1 to 7 artworks, some alike. */
async function someRows(): Promise<DecisionInput['rows']> {
  const catalogue = await Catalogue.open(schema, memoryKeyValue(), { maxArtworksPerTitle: 200 });
  const ids = Array.from({ length: 260 }, (_, t) => `t${t}`);
  await catalogue.putTitles(
    ids.map((titleId, t) => ({
      ...{ titleId, name: titleId, themes: { [THEMES[t % 3]!]: 0.5 } },
      artworks: Array.from({ length: t === 3 ? 200 : 1 + (t % 7) }, (_, a) => ({
        artworkId: `${titleId}-${a}`,
        url: `/${titleId}-${a}.svg`,
        themes: { [THEMES[(t + a) % 3]!]: 1, [THEMES[a % 3]!]: rng.below(3) / 4 },
      })),
    })),
  );
  const request = { memberId: 'm', country: 'GB', language: 'en', device: 'tv' } as const;
  const rows = [ids.slice(0, 200), [...ids.slice(150, 260), 't255', 't255']];
  return candidateSource(catalogue, { maxRows: 9, maxTitlesPerRow: 400 }).rowsFor({
    ...request,
    rows: rows.map((titleIds, r) => ({ rowId: `row-${r}`, titleIds: titleIds.slice(0, 200) })),
  }).rows;
}

/** A model that has seen something of most artworks. */
function learned(policy: Policy, rows: DecisionInput['rows']) {
  const statistics = statisticsOf(policy);
  const x = new Float32Array(schema.dimension);
  for (const { titles } of rows)
    for (const title of titles)
      title.artworkRows.forEach((row, a) => {
        if (rng.uniform() < 0.3) return;
        const taste = Float32Array.from(THEMES, () => rng.uniform());
        writeContext(schema, taste, 0, 1, title.artworkVectors, a * THEMES.length, x, 0);
        statistics.addTrial(row, x, 0, 1 + rng.below(20), 0);
        statistics.addReward(row, x, 0, rng.uniform(), 1, 0);
      });
  const model = policy.emptyModel();
  policy.apply(model, policy.fit(statistics, { mean: new Float64Array(schema.dimension), meanReward: 0.1 }));
  return model;
}

const POLICIES: PolicyName[] = ['squarecb', 'linear-thompson'];

/** One artwork in four was shown too often for now, and some of these may be shown again. */
const someCapped = (rows: DecisionInput['rows']): CappedArtworks =>
  new Map(
    rows.flatMap(({ titles }) =>
      titles.flatMap(({ artworkRows }) =>
        [...artworkRows]
          .filter((row) => row % 4 === 0)
          .map((row) => [row, { untilMs: row % 8 === 0 ? 5 : -5, lastMs: -row }] as const),
      ),
    ),
  );

const MASKS = ['nothing', 'neighbours', 'caps', 'both'] as const;

test.each(
  POLICIES.flatMap((name) => MASKS.map((mask): [PolicyName, (typeof MASKS)[number]] => [name, mask])),
)(
  '%s, masked by %s: rows decided together are the page that slot by slot gives, to the bit',
  async (name, mask) => {
    const rows = await someRows();
    const policy = createPolicy(name, {}, schema.dimension);
    const model = learned(policy, rows);
    const faults: unknown[] = [];
    const onFault = (error: unknown): number => faults.push(error);
    const decider = new Decider(schema, new TitleOrder(schema, 0.01, onFault), () => undefined, onFault, {
      ...(mask === 'neighbours' || mask === 'both'
        ? { nearDuplicates: { threshold: 0.02, neighbours: 2 } }
        : {}),
    });
    for (let member = 0; member < 5; member++) {
      const input: DecisionInput = {
        ...{ rows, country: 'GB', maturityLimit: 99, device: member % 3, daypart: member % 4, nowMs: 0 },
        memberVector: Float32Array.from(THEMES, () => rng.uniform()),
        personalized: true,
        drawKey: { a: member, b: 77 },
        served: { key: 'home/variant/v', policy, model, version: 1 },
        unpersonalised: undefined,
        examination: EXAMINED_ALIKE,
        ...(mask === 'caps' || mask === 'both' ? { capped: someCapped(rows) } : {}),
        titleOrder: model instanceof LinearModel ? model : undefined,
      };
      const [together, alone] = [new Page(), new Page()];
      decider.decide(input, together);
      // Whoever wants to see each slate is shown one after another.
      decider.decide(input, alone, () => undefined);
      expect(columnsOf(together)).toEqual(columnsOf(alone));
      expect(together.offeredCount.some((count) => count > 0)).toBe(mask !== 'nothing');
    }
    expect(faults).toEqual([]);
  },
);

function columnsOf({ count, titles, arm, propensity, orderPropensity, flags, offeredCount, offered }: Page) {
  return {
    titles: titles.slice(0, count).map((title) => title.revision),
    arm: arm.slice(0, count),
    propensity: propensity.slice(0, count),
    orderPropensity: orderPropensity.slice(0, count),
    flags: flags.slice(0, count),
    offeredCount: offeredCount.slice(0, count),
    offered: offered.filter((_, i) => offeredCount[Math.floor(i / (offered.length / arm.length))]! > 0),
  };
}
