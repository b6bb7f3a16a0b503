import { AppError, shown } from '../../core/errors.js';
import { hashString } from '../../core/hash.js';

/** An arm as the bandit knows it. */
export interface Arm {
  readonly id: string;
  /** its row of statistics and model */
  readonly row: number;
  /** what its share of every draw depends on */
  readonly hash: number;
}

/** Arms by id, in the order they came, each with a row; rows of arms that left are given to new ones, lowest first. */
export class ArmDirectory {
  readonly #most: number;
  #arms = new Map<string, Arm>();
  #list: readonly Arm[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** in the order they came */
  get list(): readonly Arm[] {
    return this.#list;
  }

  get ids(): string[] {
    return this.#list.map((arm) => arm.id);
  }

  has(id: string): boolean {
    return this.#arms.has(id);
  }

  /** @throws AppError `bandit/unknown-arm` */
  get(id: string): Arm {
    const arm = this.#arms.get(id);
    if (arm !== undefined) return arm;
    const known = this.#list.slice(0, 10).map((other) => other.id);
    throw new AppError(
      'bandit/unknown-arm',
      `arm is ${shown(id)}; expected one of: ${known.join(', ')}${this.#list.length > 10 ? ', …' : ''}`,
    );
  }

  /** @throws AppError `bandit/bad-setting` for one arm too many, one that is there, or an id that is not a string of 1 to 512 characters */
  add(id: string): Arm {
    if (typeof id !== 'string' || id.length < 1 || id.length > 512)
      throw new AppError(
        'bandit/bad-setting',
        `arm is ${shown(id)}; expected a string of 1 to 512 characters`,
      );
    if (this.#arms.has(id))
      throw new AppError('bandit/bad-setting', `arm ${shown(id)} is there already; expected a new one`);
    if (this.#list.length >= this.#most)
      throw new AppError(
        'bandit/bad-setting',
        `arm ${shown(id)} would be number ${this.#list.length + 1}; expected at most ${this.#most}`,
      );
    const taken = new Set(this.#list.map((arm) => arm.row));
    let row = 0;
    while (taken.has(row)) row++;
    const arm = { id, row, hash: hashString(id) };
    this.#arms.set(id, arm);
    this.#list = [...this.#arms.values()];
    return arm;
  }

  /** @throws AppError `bandit/unknown-arm` */
  remove(id: string): Arm {
    const arm = this.get(id);
    this.#arms.delete(id);
    this.#list = [...this.#arms.values()];
    return arm;
  }

  /** Arms as they were, rows included. */
  replace(arms: readonly { readonly id: string; readonly row: number }[]): void {
    this.#arms = new Map(arms.map(({ id, row }) => [id, { id, row, hash: hashString(id) }]));
    this.#list = [...this.#arms.values()];
  }
}
