import {
  chooseArms,
  createPolicy,
  LinearModel,
  sharedKernels,
  SlateBatch,
  statisticsOf,
  type Policy,
  type PolicyName,
} from '../bandit/index.js';
import { asId, type MemberId, type RequestId } from '../core/ids.js';
import { seededRng } from '../core/rng.js';
import { Catalogue } from '../features/catalogue.js';
import {
  contextHeadLength,
  contextSchema,
  themeVector,
  writeContext,
  type ContextSchema,
} from '../features/context-vector.js';
import { memoryKeyValue } from '../features/key-value/memory/index.js';
import { encodeDecision } from '../feedback/events/avro.js';
import { HomeRequestSchema } from '../src/http/schemas.js';
import { parseJson, validator } from '../src/http/validation.js';
import { candidateSource } from '../src/pipeline/candidates.js';
import { Decider } from '../src/pipeline/decide.js';
import type { DecisionInput } from '../src/pipeline/decision-input.js';
import { drawKey } from '../src/pipeline/draw-key.js';
import { EXAMINED_ALIKE } from '../src/pipeline/models.js';
import { TitleOrder } from '../src/pipeline/order.js';
import { Page } from '../src/pipeline/page.js';
import { PageContext } from '../src/pipeline/page-context.js';
import { decisionEvent } from '../src/pipeline/record.js';
import { ResponseWriter } from '../src/pipeline/response-writer.js';
import { TitleRecords } from '../src/pipeline/title-records.js';
import { tokens } from '../src/tokens.js';
import { FULL_PAGE, syntheticCatalogue, syntheticMembers } from './synthetic-catalogue.js';
import { homeRequest, THEMES } from './world.js';

export interface Stage {
  /** untimed */
  readonly prepare?: (member: number) => void;
  readonly run: (member: number) => void;
}

const MEMBERS_OF_STAGES = 100;
const NOW_MS = Date.UTC(2026, 0, 1, 12);
const LIMITS = { maxRows: 100, maxTitlesPerRow: 200 };

/** The stages of one request for so many titles, over models that have seen each artwork a few times. */
export async function stagesOf(name: PolicyName, titles: number) {
  const rng = seededRng(20_240);
  const schema = contextSchema(THEMES);
  const { titles: all, rows: catalogueRows } = syntheticCatalogue(FULL_PAGE, THEMES, rng);
  const catalogue = await Catalogue.open(schema, memoryKeyValue(), { maxArtworksPerTitle: 8 });
  await catalogue.putTitles(all);
  await catalogue.putRows(catalogueRows);
  const ids = titles < all.length ? all.slice(0, titles).map((title) => title.titleId) : undefined;
  const source = candidateSource(catalogue, LIMITS);
  const policy = createPolicy(name, {}, schema.dimension);
  const order = createPolicy('squarecb', {}, schema.dimension);
  const served = { key: 'stage', policy, model: learned(policy, schema, catalogue, 'artworks'), version: 1 };
  const titleOrder = learned(order, schema, catalogue, 'titles');
  const vectors = syntheticMembers(MEMBERS_OF_STAGES, THEMES, rng).map(({ themes }) =>
    themeVector(schema, themes ?? {}),
  );
  const inputOf = (member: number): DecisionInput => ({
    rows: source.rowsFor(homeRequest(member, ids)).rows,
    ...{ country: 'US', maturityLimit: Infinity, device: 0, daypart: 1, nowMs: NOW_MS },
    memberVector: vectors[member % MEMBERS_OF_STAGES]!,
    personalized: true,
    drawKey: drawKey('d'.repeat(32), `member-${member}`, 'home', 0),
    ...{ served, unpersonalised: undefined, examination: EXAMINED_ALIKE },
    titleOrder: titleOrder instanceof LinearModel ? titleOrder : undefined,
  });
  return stagesOver(schema, inputOf, (member) => Buffer.from(JSON.stringify(homeRequest(member, ids))));
}

function stagesOver(
  schema: ContextSchema,
  inputOf: (member: number) => DecisionInput,
  bodyOf: (member: number) => Buffer,
) {
  const check = validator(HomeRequestSchema);
  const fail = (error: unknown): never => {
    throw error as Error;
  };
  const decider = new Decider(schema, new TitleOrder(schema, 0.01, fail), () => undefined, fail);
  const page = new Page();
  const writer = new ResponseWriter();
  const signer = tokens({ key: 't'.repeat(32), clock: { nowMs: () => NOW_MS }, ttlMs: 1e9 });
  const body = bodyOf(0);
  const ready = { input: inputOf(0) };
  const prepare = (member: number): void => {
    ready.input = inputOf(member);
    decider.decide(ready.input, page);
  };
  const parse = (): void => {
    if (check(parseJson(body)).kind === 'invalid')
      throw new Error('the request of the benchmark is not valid');
  };
  const record = (member: number) => encodeDecision(decisionEvent(headOf(member), ready.input, page));
  const write = (member: number): Buffer => {
    const { requestId, memberId, experiment, variant, policy, snapshotVersion } = headOf(member);
    const token = signer.sign({ requestId, memberId, issuedAtMs: NOW_MS, slots: page.count });
    return writer.write({ requestId, token, experiment, variant, policy, snapshotVersion }, page);
  };
  return {
    parse: { run: parse },
    decide: { run: (member: number) => decider.decide(inputOf(member), page) },
    ...partsOfDeciding(schema, inputOf, page, prepare),
    record: { prepare, run: record },
    write: { prepare, run: write },
    all: {
      run(member: number) {
        parse();
        prepare(member);
        record(member);
        write(member);
      },
    },
  };
}

/** Features, scores and draws of the page's titles, row by row as the decision makes them. */
function partsOfDeciding(
  schema: ContextSchema,
  inputOf: (member: number) => DecisionInput,
  page: Page,
  prepare: (member: number) => void,
) {
  const kernels = sharedKernels();
  const records = new TitleRecords(kernels);
  const context = new PageContext(schema);
  const shape = { headLength: contextHeadLength(schema), size: schema.embeddingSize };
  const batches: SlateBatch[] = [];
  const each = (act: (batch: SlateBatch) => void): void => {
    for (let r = 0; r < page.rows.length; r++) act((batches[r] ??= new SlateBatch(shape, kernels)));
  };
  const { served } = inputOf(0);
  const { policy, model } = served!;
  const scores = (batch: SlateBatch): void => policy.scoreSlates?.(model, batch, batch.scores);
  const expand = (member: number): void => {
    context.set(inputOf(member));
    let slot = 0;
    each((batch) => {
      batch.clear();
      for (const end = slot + page.rowLengths[batches.indexOf(batch)]!; slot < end; slot++)
        batch.add(records.of(page.titles[slot]!).artworks!, page.titles[slot]!.titleHash);
      batch.expand(context, policy.dimension > 0);
    });
  };
  const ready = (member: number): void => {
    prepare(member);
    expand(member);
    each(scores);
  };
  const draw = (batch: SlateBatch): void => {
    if (policy.scoreSlates === undefined) return;
    chooseArms(batch, batch.scores.propensities, 1, 2, batch.titleHashes, batch.hashes, batch.chosen);
  };
  return {
    features: { prepare, run: expand },
    score: { prepare: ready, run: () => each(scores) },
    explore: { prepare: ready, run: () => each(draw) },
  };
}

function headOf(member: number) {
  return {
    requestId: asId<RequestId>('AAAAAAAAAAAAAAAAAAAAAA'),
    memberId: asId<MemberId>(`member-${member}`),
    ...{ canvas: 'home', experiment: 'bench', variant: 'v', policy: 'p', snapshotVersion: 1 },
    ...{ contextSchema: '0123456789ab', epoch: 0 },
  };
}

/** A model of which every row has seen a handful of trials. */
function learned(policy: Policy, schema: ContextSchema, catalogue: Catalogue, of: 'artworks' | 'titles') {
  const rng = seededRng(7);
  const statistics = statisticsOf(policy.dimension > 0 ? policy : { ...policy, dimension: schema.dimension });
  const x = new Float32Array(schema.dimension);
  for (const title of catalogue.titles) {
    const rows = of === 'artworks' ? title.artworkRows : Int32Array.of(title.titleRow);
    const vectors = of === 'artworks' ? title.artworkVectors : title.titleVector;
    rows.forEach((row, a) => {
      for (let t = 0; t < 5; t++) {
        const taste = Float32Array.from(schema.themes, () => rng.uniform());
        writeContext(schema, taste, 0, 1, vectors, a * schema.embeddingSize, x, 0);
        statistics.addTrial(row, x, 0, 1, 0);
        if (rng.uniform() < 0.1) statistics.addReward(row, x, 0, 1, 1, 0);
      }
    });
  }
  const model = policy.emptyModel();
  const mean = new Float64Array(statistics.dimension);
  policy.apply(model, policy.fit(statistics, { mean, meanReward: 0.1 }));
  return model;
}
