import { AppError, shown } from '../../core/errors.js';
import { hashString } from '../../core/hash.js';

/** Rows, or members, are dealt to about this many groups; each group lies in one fold. */
const GROUPS = 1000;

/** @throws AppError `bandit/bad-setting` unless folds is an integer in [2, 20] */
export function checkFolds(folds: number): number {
  if (Number.isSafeInteger(folds) && folds >= 2 && folds <= 20) return folds;
  throw new AppError('bandit/bad-setting', `${shown(folds)} folds; expected an integer in [2, 20]`);
}

/** How many groups there are: a multiple of the folds, so that `group mod folds` is the fold. */
export function groupsFor(folds: number): number {
  return folds * Math.ceil(GROUPS / folds);
}

/** The group of a row: by member, so that a model never learns from the member it is tested on; without a member by its place in the log. */
export function groupOf(clusterId: string | undefined, row: number, groups: number): number {
  return (clusterId === undefined ? row : hashString(clusterId)) % groups;
}
