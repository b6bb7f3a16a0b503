import {
  isWeightedModel,
  LinearModel,
  type Model,
  type Policy,
  type WeightedModel,
} from '../../bandit/index.js';
import type { ExaminationCurves } from '../../feedback/update/examination-publisher.js';
import { applySnapshot, type Snapshot } from '../../feedback/update/snapshot.js';

/** A policy with the model it is served by: what a decision reads. */
export interface ServedModel {
  readonly key: string;
  readonly policy: Policy;
  readonly model: Model;
  /** version of the newest snapshot taken in; 0 before the first */
  readonly version: number;
}

/** The models this process serves. Snapshots are taken in between two decisions: one thread, so no decision sees half of one. */
export class Models {
  readonly #byKey = new Map<string, { key: string; policy: Policy; model: Model; version: number }>();
  readonly #schemaHash: string;
  /** what pages decided from now on are learned with */
  #examination: ServedExamination = EXAMINED_ALIKE;
  /** as last estimated, corrected for or not; undefined before */
  examinationCurves: ExaminationCurves | undefined;

  constructor(policies: ReadonlyMap<string, Policy>, schemaHash: string) {
    this.#schemaHash = schemaHash;
    for (const [key, policy] of policies)
      this.#byKey.set(key, { key, policy, model: policy.emptyModel(), version: 0 });
  }

  get examination(): ServedExamination {
    return this.#examination;
  }

  /** Takes in curves. @param correct false: they are known and not learned with */
  examine(curves: ExaminationCurves, correct: boolean): void {
    this.examinationCurves = curves;
    // float32, as the decision event carries them: the values that served are the values that train.
    if (correct)
      this.#examination = {
        columns: Float32Array.from(curves.columns.examination),
        rows: Float32Array.from(curves.rows.examination),
      };
  }

  get(key: string): ServedModel | undefined {
    return this.#byKey.get(key);
  }

  all(): Iterable<ServedModel> {
    return this.#byKey.values();
  }

  /** Takes a snapshot in. An older one than is served changes nothing. @throws AppError `snapshot/wrong-schema` | `snapshot/corrupt` */
  install(snapshot: Snapshot): void {
    const served = this.#byKey.get(snapshot.modelKey);
    if (!served || snapshot.version <= served.version) return;
    served.model = applySnapshot(served.policy, this.#schemaHash, served.model, snapshot);
    served.version = snapshot.version;
  }

  /** Serves a model that was made ready elsewhere, for this key's policy, whatever its version: see `followSnapshots`. */
  serve(key: string, model: Model, version: number): void {
    const served = this.#byKey.get(key);
    if (!served) return;
    served.model = model;
    served.version = version;
  }
}

/** e of each column and row of a page relative to the first, as decisions record it. Shape (places) each; empty: 1 everywhere. */
export interface ServedExamination {
  readonly columns: Float32Array;
  readonly rows: Float32Array;
}

export const EXAMINED_ALIKE: ServedExamination = { columns: new Float32Array(0), rows: new Float32Array(0) };

/** The linear model behind a policy, where there is one and it has learned something. */
export function linearModel(served: ServedModel | undefined): LinearModel | undefined {
  return served && served.version > 0 && served.model instanceof LinearModel ? served.model : undefined;
}

/** The model behind a policy, where it can say which features spoke and has learned something. */
export function weightedModel(served: ServedModel | undefined): WeightedModel | undefined {
  return served && served.version > 0 && isWeightedModel(served.model) ? served.model : undefined;
}

/** Keys of the models of a canvas. */
export const modelKeys = {
  variant: (canvas: string, variant: string): string => `${canvas}/variant/${variant}`,
  /** posterior means of titles, learned from everybody: it orders every variant's rows, so variants differ by artwork alone */
  titleOrder: (canvas: string): string => `${canvas}/title-order`,
  /** best artwork for everyone, learned from everybody: the second rung of the ladder of fallbacks */
  unpersonalised: (canvas: string): string => `${canvas}/unpersonalised`,
} as const;
