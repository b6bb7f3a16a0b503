import { AppError, shown } from '../../core/errors.js';
import { GRAPH_MODELS, type GraphModelName } from './composition.js';
import { LOSSES, type LossName } from './losses.js';

/** How a graph's embeddings are trained. Kept in the artifact: with the same facts, the same settings and epochs give the same bits. */
export interface GraphSettings {
  readonly model: GraphModelName;
  /** d: floats per vector, a multiple of 8 in [8, 1024] */
  readonly dimension: number;
  readonly loss: LossName;
  /** γ of the margin and self-adversarial losses: finite, > 0 */
  readonly margin: number;
  /** answers drawn at random per batch, and shared by its questions: 1 … 65536 */
  readonly negatives: number;
  /** facts per batch: 1 … 65536 */
  readonly batch: number;
  /** Adagrad's step: finite, > 0 */
  readonly rate: number;
  /** subtracted from the values a fact touches, times their size: finite, ≥ 0 */
  readonly decay: number;
  /** of each fact: both its questions; or one, by Bernoulli: where heads have many tails the head is replaced more often (Wang et al., AAAI 2014) */
  readonly sides: 'both' | 'bernoulli';
  /** known answers among those drawn are left out */
  readonly filtered: boolean;
  /** entities are held to length 1, as in Bordes et al. 2013 */
  readonly unitEntities: boolean;
  /** any safe integer */
  readonly seed: number;
}

export const DEFAULT_GRAPH_SETTINGS: GraphSettings = {
  model: 'transe',
  dimension: 128,
  loss: 'softmax',
  margin: 9,
  negatives: 256,
  batch: 64,
  rate: 0.1,
  decay: 0,
  sides: 'both',
  filtered: true,
  unitEntities: false,
  seed: 1,
};

/** @throws AppError `graph/bad-setting`, naming the setting */
export function checkGraphSettings(settings: GraphSettings): GraphSettings {
  const { dimension, margin, negatives, batch, rate, decay, seed } = settings;
  const checks: readonly (readonly [keyof GraphSettings, boolean, string])[] = [
    ['model', GRAPH_MODELS.includes(settings.model), `one of ${GRAPH_MODELS.join(', ')}`],
    ['loss', LOSSES.includes(settings.loss), `one of ${LOSSES.join(', ')}`],
    ['dimension', whole(dimension, 8, 1024) && dimension % 8 === 0, 'a multiple of 8 from 8 to 1024'],
    ['margin', margin > 0 && margin < Infinity, 'a finite number > 0'],
    ['negatives', whole(negatives, 1, 65_536), 'a whole number from 1 to 65536'],
    ['batch', whole(batch, 1, 65_536), 'a whole number from 1 to 65536'],
    ['rate', rate > 0 && rate < Infinity, 'a finite number > 0'],
    ['decay', decay >= 0 && decay < Infinity, 'a finite number ≥ 0'],
    ['sides', ['both', 'bernoulli'].includes(settings.sides), 'both or bernoulli'],
    ['seed', Number.isSafeInteger(seed), 'a safe integer'],
  ];
  for (const [name, good, expected] of checks)
    if (!good)
      throw new AppError('graph/bad-setting', `${name} is ${shown(settings[name])}; expected ${expected}`);
  return settings;
}

function whole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
