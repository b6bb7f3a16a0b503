import { expect, test } from 'vitest';
import { createPolicy, LinearModel, ArmStatistics } from '../bandit/index.js';
import { examinationCurve, type ExaminationCurve } from '../bandit/examination.js';
import type { HomeResponse } from '../client/types.js';
import { asId, type MemberId, type RequestId } from '../core/ids.js';
import { seededRng } from '../core/rng.js';
import { readFilms } from '../demo/catalogue/films.js';
import { demoRows } from '../demo/catalogue/rows.js';
import { demoTitles } from '../demo/catalogue/titles.js';
import { examination } from '../demo/world/appeal.js';
import type { ShownTitle } from '../demo/world/reaction.js';
import type { Visit } from '../demo/world/visits.js';
import { createWorld } from '../demo/world/world.js';
import { Catalogue } from '../features/catalogue.js';
import { contextSchema, themeVector } from '../features/context-vector.js';
import { DEFAULT_THEMES } from '../features/default-themes.js';
import { memoryKeyValue } from '../features/key-value/memory/index.js';
import { decodeDecision, encodeDecision } from '../feedback/events/avro.js';
import {
  compactDecision,
  labelOf,
  type CompactDecision,
  type SlotState,
} from '../feedback/join/open-join.js';
import { emptyExamination, foldExamination } from '../feedback/update/examination-fold.js';
import { candidateSource } from '../src/pipeline/candidates.js';
import { Decider } from '../src/pipeline/decide.js';
import type { DecisionInput } from '../src/pipeline/decision-input.js';
import { drawKey } from '../src/pipeline/draw-key.js';
import { EXAMINED_ALIKE } from '../src/pipeline/models.js';
import { TitleOrder } from '../src/pipeline/order.js';
import { Page } from '../src/pipeline/page.js';
import { decisionEvent } from '../src/pipeline/record.js';
import { ROWS_AS_GIVEN } from '../src/pipeline/rows.js';

const VISITS = 8_000;
const titles = demoTitles(readFilms());
const rows = demoRows(titles);
const world = createWorld({ seed: 11, members: 3_000, titles, rows, drift: 0 });
const schema = contextSchema(DEFAULT_THEMES);
const members = new Map(world.members.map((m) => [m.memberId, themeVector(schema, m.themes ?? {})]));

/** Titles are worth what of their themes the member has declared: enough to put good titles and rows first more often than not. */
function titleModel(): LinearModel {
  const policy = createPolicy('linear-thompson', {}, schema.dimension);
  const mean = new Float64Array(schema.dimension);
  mean[schema.names.indexOf('affinity')] = 0.02;
  const model = policy.emptyModel();
  policy.apply(
    model,
    policy.fit(new ArmStatistics({ dimension: schema.dimension }), { mean, meanReward: 0.1 }),
  );
  if (!(model instanceof LinearModel)) throw new Error('linear Thompson sampling has a linear model');
  return model;
}

const serve = async () => {
  const catalogue = await Catalogue.open(schema, memoryKeyValue(), { maxArtworksPerTitle: 50 });
  await catalogue.putTitles(titles);
  const source = candidateSource(catalogue, { maxRows: 60, maxTitlesPerRow: 200 });
  const fail = (error: unknown): never => {
    throw error;
  };
  const decider = new Decider(schema, new TitleOrder(schema, 0.02, fail), () => undefined, fail, {
    rows: { ...ROWS_AS_GIVEN, order: 'plackett-luce' },
  });
  const policy = createPolicy('uniform', {}, 0);
  const served = { key: 'home/variant/u', policy, model: policy.emptyModel(), version: 1 };
  const titleOrder = titleModel();
  const page = new Page();
  return (visit: Visit, at: number): { page: HomeResponse; decision: CompactDecision } => {
    const { memberId, country, language, device } = visit;
    const input: DecisionInput = {
      ...{ country, served, titleOrder, maturityLimit: 99, device: 0, daypart: 0, nowMs: visit.atMs },
      rows: source.rowsFor({ memberId, country, language, device, rows: visit.rows }).rows,
      memberVector: members.get(memberId)!,
      personalized: true,
      drawKey: drawKey('a key for this test', memberId, 'home', at),
      unpersonalised: undefined,
      examination: EXAMINED_ALIKE,
    };
    decider.decide(input, page);
    const ids = { requestId: asId<RequestId>(`r${at}`), memberId: asId<MemberId>(memberId), epoch: at };
    const names = {
      canvas: 'home',
      experiment: 'e',
      variant: 'u',
      policy: 'uniform',
      contextSchema: schema.hash,
    };
    const event = decisionEvent({ ...ids, ...names, snapshotVersion: 1 }, input, page);
    return {
      page: { ...ids, ...names, token: 't', snapshotVersion: 1, rows: answerOf(page) },
      decision: compactDecision(decodeDecision(encodeDecision(event))),
    };
  };
};

function answerOf(page: Page): HomeResponse['rows'] {
  let slot = 0;
  return page.rows.map(({ rowId, name }, r) => ({
    rowId,
    name,
    titles: Array.from({ length: page.rowLengths[r]! }, () => {
      const { title } = page.titles[slot]!;
      const { artworkId, url: artworkUrl } = title.artworks[page.arm[slot]!]!;
      return { slot: slot++, titleId: title.titleId, name: title.name, artworkId, artworkUrl };
    }),
  }));
}

function slotOf({ rowLengths }: CompactDecision, { position }: ShownTitle): number {
  return rowLengths.slice(0, position.row).reduce((a, b) => a + b, 0) + position.column;
}

function expectCurve(curve: ExaminationCurve, places: number, truth: (place: number) => number): void {
  for (let place = 1; place < places; place++) {
    const [e, error] = [curve.examination[place]!, curve.standardErrors[place]!];
    expect(error).toBeLessThan(0.1);
    expect(Math.abs(Math.log(e / truth(place))), `place ${place}: ${e} ± ${error}`).toBeLessThan(4 * error);
  }
  // And not merely compatible with anything: the last place is seen to be looked at less.
  const last = places - 1;
  expect(Math.log(curve.examination[last]!)).toBeLessThan(-2 * curve.standardErrors[last]!);
}

test(
  'the examination of columns and rows estimated from pages is the demo world’s own',
  { timeout: 120_000 },
  async () => {
    const decide = await serve();
    const statistics = emptyExamination();
    const rng = seededRng(5);
    const visits = world.visits(rng.fork('visits'));
    for (let v = 0; v < VISITS; v++) {
      const visit = visits.next().value;
      const { page, decision } = decide(visit, v);
      const { shown } = world.react(visit, page, rng);
      const slots = new Map<number, SlotState>(
        shown.map((title) => [slotOf(decision, title), { impressionAtMs: visit.atMs, reward: 0 }]),
      );
      for (const title of shown) {
        if (!title.qualityPlay) continue;
        const cause = { atMs: visit.atMs, rewardBefore: 0, rewardAfter: 1, watchedSeconds: 1_000 };
        foldExamination(statistics, labelOf(decision, slotOf(decision, title), visit.atMs, cause, slots));
      }
    }
    // Six columns at most are displayed, and of five rows at least the first three.
    expectCurve(examinationCurve(statistics.columns), 6, (column) => examination({ row: 0, column }));
    expectCurve(examinationCurve(statistics.rows), 4, (row) => examination({ row, column: 0 }));
  },
);
