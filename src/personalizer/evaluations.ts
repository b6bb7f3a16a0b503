import { createHash } from 'node:crypto';
import { Turnstile } from '../../core/turnstile.js';
import type { Clock } from '../../core/clock.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { EvaluatedPolicy } from './evaluated-policies.js';
import { EvaluationRun } from './evaluation-run.js';
import { formatDuration } from './iso-duration.js';
import type { PersonalizerLoop } from './loop.js';
import { exportedModel } from './model-file.js';
import { PersonalizerError } from './personalizer-errors.js';
import { formatArguments } from './policy-arguments.js';
import type { PersonalizerService } from './service.js';
import type { PolicySettings } from './service-settings.js';
import { SharedModel } from './shared-model.js';

const PREFIX = 'personalizer/evaluation/';
const MODELS = 'personalizer/evaluated-model/';
/** evaluations kept; a model of half a megabyte each for every custom policy */
const MOST_EVALUATIONS = 100;
export const MOST_POLICIES = 10;

export interface EvaluationContract {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly policies: readonly PolicySettings[];
}

export interface StoredEvaluation {
  readonly id: string;
  readonly name: string;
  readonly startTime: string;
  readonly endTime: string;
  readonly jobId: string;
  readonly status: 'pending' | 'completed' | 'failed';
  readonly evaluationType: 'Manual';
  readonly creationTime: string;
  readonly optimalPolicy?: string;
  readonly policyResults?: readonly unknown[];
  /** ours: what could be said about the events, for people */
  readonly remarks?: string;
}

export interface EvaluationsOptions {
  readonly loop: PersonalizerLoop;
  readonly service: PersonalizerService;
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly maxEvents: number;
  readonly onFault: (error: unknown) => void;
}

/** Offline evaluations: made, run one at a time beside everything else, kept until they are deleted. */
export class Evaluations {
  readonly #running = new Turnstile();
  /** Settles when all that were begun have ended. */
  idle: Promise<unknown> = Promise.resolve();

  constructor(readonly options: EvaluationsOptions) {}

  /** What was running when the process ended will not go on. */
  async failPending(): Promise<void> {
    for (const evaluation of await this.list())
      if (evaluation.status === 'pending') await this.#put({ ...evaluation, status: 'failed' });
  }

  async create(contract: EvaluationContract): Promise<StoredEvaluation> {
    const { clock, newId } = this.options;
    if ((await this.list()).length >= MOST_EVALUATIONS)
      throw new PersonalizerError(
        'InvalidEvaluationContract',
        `there are ${MOST_EVALUATIONS} evaluations; expected one to be deleted first`,
      );
    const id = newId();
    const evaluation: StoredEvaluation = {
      ...{ id, name: contract.name, jobId: id, status: 'pending', evaluationType: 'Manual' },
      startTime: new Date(contract.startMs).toISOString(),
      endTime: new Date(contract.endMs).toISOString(),
      creationTime: new Date(clock.nowMs()).toISOString(),
    };
    await this.#put(evaluation);
    this.idle = this.#running.pass(() => this.#run(evaluation, contract)).catch(this.options.onFault);
    return evaluation;
  }

  async list(): Promise<StoredEvaluation[]> {
    const found: StoredEvaluation[] = [];
    for await (const [, bytes] of this.options.store.scan(PREFIX)) found.push(parsed(bytes));
    return found;
  }

  /** @throws PersonalizerError `EvaluationNotFound` */
  async get(id: string): Promise<StoredEvaluation> {
    const [bytes] = isId(id) ? await this.options.store.getMany([PREFIX + id]) : [];
    if (bytes === undefined)
      throw new PersonalizerError(
        'EvaluationNotFound',
        `there is no evaluation ${JSON.stringify(id.slice(0, 60))}`,
      );
    return parsed(bytes);
  }

  async delete(id: string): Promise<void> {
    if (!isId(id)) return;
    const models: string[] = [];
    for await (const [key] of this.options.store.scan(`${MODELS}${id}/`)) models.push(key);
    await this.options.store.write({ deletes: [PREFIX + id, ...models] });
  }

  /** A custom policy and what it learned become the loop's. @throws PersonalizerError `EvaluationNotFound` | `LearningSettingsNotFound` */
  async apply(id: string, policyName: string): Promise<void> {
    await this.get(id);
    const { store, service } = this.options;
    const keys = [0, 1].map((part) => modelKey(id, policyName, part));
    const [settings, model] = await store.getMany(keys);
    if (settings === undefined || model === undefined)
      throw new PersonalizerError(
        'LearningSettingsNotFound',
        `the evaluation has no custom policy ${JSON.stringify(policyName.slice(0, 60))} with a model`,
      );
    await service.command('policy', JSON.parse(Buffer.from(settings).toString('utf8')) as PolicySettings);
    await service.command('model', {}, model);
  }

  async #run(evaluation: StoredEvaluation, contract: EvaluationContract): Promise<void> {
    try {
      const finished = await this.#evaluated(evaluation, contract);
      // Deleted meanwhile: then it stays so.
      const isThere = await this.get(evaluation.id).catch(() => undefined);
      if (isThere !== undefined) await this.#put(finished);
    } catch (error) {
      await this.#put({ ...evaluation, status: 'failed' });
      throw error;
    }
  }

  async #evaluated(evaluation: StoredEvaluation, contract: EvaluationContract): Promise<StoredEvaluation> {
    const { loop, maxEvents } = this.options;
    const { fold } = loop;
    const policies = policiesOf(contract, loop);
    const run = new EvaluationRun({
      ...{ fromMs: contract.startMs, toMs: contract.endMs, policies, maxEvents },
      ...{ service: fold.options.service, range: fold.options.range },
    });
    await loop.read(fold.head.logsFromOffset, (_offset, value) => {
      run.take(value);
      return true;
    });
    run.finish();
    if (run.evaluated === 0) return { ...evaluation, status: 'failed', remarks: 'no events to evaluate' };
    await this.#keepModels(evaluation.id, policies);
    const window = formatDuration(Math.max(0, contract.endMs - contract.startMs));
    const results = policies.map((policy) => {
      const totalSummary = policy.summary(evaluation.endTime, window);
      const { name, source, settings } = policy;
      const text = source === 'Online' || source === 'Custom' ? formatArguments(settings.model) : '';
      return { name, arguments: text, policySource: source, summary: [totalSummary], totalSummary };
    });
    const best = results.reduce((a, b) =>
      b.totalSummary.averageReward > a.totalSummary.averageReward ? b : a,
    );
    return {
      ...{ ...evaluation, status: 'completed', policyResults: results, optimalPolicy: best.name },
      remarks: [
        `${run.evaluated} events${run.isFull ? ', the first of more' : ''}`,
        ...policies.map(({ name, estimate }) => `${name}: ${estimate.verdict} (${estimate.reason})`),
      ].join('; '),
    };
  }

  async #keepModels(id: string, policies: readonly EvaluatedPolicy[]): Promise<void> {
    const puts = policies.flatMap(({ name, settings, model }): [string, Uint8Array][] =>
      model === undefined
        ? []
        : [
            [modelKey(id, name, 0), Buffer.from(JSON.stringify(settings))],
            [modelKey(id, name, 1), exportedModel(model.encode())],
          ],
    );
    await this.options.store.write({ puts });
  }

  async #put(evaluation: StoredEvaluation): Promise<void> {
    await this.options.store.write({
      puts: [[PREFIX + evaluation.id, Buffer.from(JSON.stringify(evaluation))]],
    });
  }
}

function policiesOf({ policies }: EvaluationContract, { fold }: PersonalizerLoop): EvaluatedPolicy[] {
  const { policy, service } = fold;
  const fixed = (name: string, source: 'Online' | 'Baseline' | 'Random') =>
    new EvaluatedPolicy(name, source, policy);
  return [
    fixed(policy.name, 'Online'),
    fixed('Baseline', 'Baseline'),
    fixed('Random', 'Random'),
    ...policies.map((settings) => {
      const model = { ...settings.model, exploration: service.explorationPercentage };
      return new EvaluatedPolicy(
        settings.name,
        'Custom',
        settings,
        new SharedModel(model, fold.options.halfLifeMs),
      );
    }),
  ];
}

/** A policy's name may hold anything: its key does not. */
function modelKey(id: string, name: string, part: number): string {
  return `${MODELS}${id}/${createHash('sha256').update(name).digest('hex')}/${part}`;
}

function isId(id: string): boolean {
  return /^[0-9a-zA-Z-]{1,64}$/.test(id);
}

function parsed(bytes: Uint8Array): StoredEvaluation {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as StoredEvaluation;
}
