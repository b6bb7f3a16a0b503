import { createHmac } from 'node:crypto';
import { chooseArm } from '../../bandit/index.js';
import { hashString } from '../../core/hash.js';
import type { LearningMode } from '../../feedback/events/personalizer-events.js';
import { actionFeatures, DIMENSION, extractFeatures, writeX, type Features } from './features.js';
import type { Asked } from './requests.js';
import { MOST_ACTIONS, type SharedModel } from './shared-model.js';

/** K actions, S slots. */
export interface Decision {
  /** shape (S): index of the action of each slot */
  readonly chosen: Uint8Array;
  /** shape (S, K): given the slots before; 0 for what is excluded or taken */
  readonly propensities: Float32Array;
}

/** One slot to fill: what may be chosen, in what context. */
export interface SlotTask {
  readonly context: Features;
  /** indices of the actions on offer, at least one */
  readonly offered: readonly number[];
  /** index of what the application would show itself */
  readonly baseline: number;
}

/** Drawn from the event's id, as Personalizer does, and a secret, so that no client can steer it. The same id draws the same while the model stays. */
export function drawOf(secret: string, eventId: string): { readonly a: number; readonly b: number } {
  const digest = createHmac('sha256', secret).update(`personalizer\0${eventId}`).digest();
  return { a: digest.readUInt32LE(0), b: digest.readUInt32LE(4) };
}

/**
 * Fills the slots from the first to the last, each from the actions that are left. Online: drawn with the model's propensities. Otherwise the baseline, with probability 1.
 *
 * @throws AppError `bandit/bad-score`
 */
export function decide(
  model: SharedModel,
  asked: Asked,
  mode: LearningMode,
  draw: { readonly a: number; readonly b: number },
): Decision {
  const { actions } = asked;
  const slots = asked.slots?.length ?? 1;
  const chosen = new Uint8Array(slots);
  const propensities = new Float32Array(slots * actions.length);
  const features = actions.map(({ id, features: list }) => actionFeatures(id, list));
  const hashes = Uint32Array.from(actions, ({ id }) => hashString(id));
  const taken = new Set<number>();
  for (let slot = 0; slot < slots; slot++) {
    const task = slotTask(asked, slot, taken);
    const row = propensities.subarray(slot * actions.length, (slot + 1) * actions.length);
    if (mode === 'Online') {
      writePropensities(model, task, features, row);
      chosen[slot] = chooseArm(Float64Array.from(row), actions.length, draw.a, draw.b, slot, hashes);
    } else {
      row[task.baseline] = 1;
      chosen[slot] = task.baseline;
    }
    taken.add(chosen[slot]!);
  }
  return { chosen, propensities };
}

/** What one slot of a call is about, given what the slots before it have taken. */
export function slotTask(asked: Asked, slot: number, taken: ReadonlySet<number>): SlotTask {
  const { context, actions, slots } = asked;
  const described = slots?.[slot];
  const excluded = new Set(described?.excluded ?? asked.excluded);
  const all = actions.map((_, index) => index).filter((index) => !taken.has(index));
  const offered = all.filter((index) => !excluded.has(actions[index]!.id));
  const left = offered.length > 0 ? offered : all;
  const named = actions.findIndex(({ id }) => id === described?.baseline);
  return {
    context: extractFeatures(described === undefined ? context : [...context, ...described.features]),
    // A slot that excludes all that the others have left is filled all the same: Personalizer never leaves one empty.
    offered: left,
    baseline: left.includes(named) ? named : left[0]!,
  };
}

/** @param into shape (K), zeros: written where an action is on offer */
export function writePropensities(
  model: SharedModel,
  { context, offered }: SlotTask,
  features: readonly Features[],
  into: Float32Array,
): void {
  const size = Math.min(offered.length, MOST_ACTIONS);
  for (let k = 0; k < size; k++) writeX(context, features[offered[k]!]!, model.contexts, k * DIMENSION);
  const { propensities } = model.score(size);
  for (let k = 0; k < size; k++) into[offered[k]!] = propensities[k]!;
}

/** x of what each slot chose: what is learned from. */
export function chosenContexts(asked: Asked, chosen: Uint8Array): Float32Array[] {
  const taken = new Set<number>();
  return Array.from(chosen, (action, slot) => {
    const x = new Float32Array(DIMENSION);
    const { id, features } = asked.actions[action]!;
    writeX(slotTask(asked, slot, taken).context, actionFeatures(id, features), x, 0);
    taken.add(action);
    return x;
  });
}
