import { closest } from 'fastest-levenshtein';
import { MAX_ARMS } from '../../bandit/policy.js';
import { AppError, shown } from '../../core/errors.js';

/** Which column of a log says what. Documented for users in docs/replay.md. */
export interface ColumnMapping {
  /** the arm that was shown */
  readonly action?: string;
  /** in [0, 1] */
  readonly reward?: string;
  /** probability with which the logging policy chose it, in (0, 1] */
  readonly propensity?: string;
  /** ISO 8601 or epoch milliseconds */
  readonly timestamp?: string;
  /** a categorical context; reward models tell positions apart */
  readonly position?: string;
  /** rows of one member are not independent */
  readonly member?: string;
  /** arms offered in this row, separated by "|"; absent: the whole action set */
  readonly offered?: string;
  /** categorical contexts; a name may end in "*" */
  readonly context?: readonly string[];
  /** numeric contexts; a name may end in "*" */
  readonly numeric?: readonly string[];
  /** one numeric column per action, "{action}" standing for it */
  readonly affinity?: string;
}

export const PRESETS = {
  /** Open Bandit Dataset, arXiv:2008.07146 */
  obd: {
    timestamp: 'timestamp',
    action: 'item_id',
    reward: 'click',
    propensity: 'propensity_score',
    position: 'position',
    context: ['user_feature_*'],
    affinity: 'user-item_affinity_{action}',
  },
} as const satisfies Record<string, ColumnMapping>;

const SINGLE_KEYS = [
  'action',
  'reward',
  'propensity',
  'timestamp',
  'position',
  'member',
  'offered',
  'affinity',
] as const;
const LIST_KEYS = ['context', 'numeric'] as const;
const PLACEHOLDER = '{action}';

/**
 * Puts `key=column` settings over a preset. A key given by the user replaces the preset's; `context` and `numeric` may be given several times.
 *
 * @throws AppError `replay/bad-mapping`
 */
export function readMapping(preset: string | undefined, settings: readonly string[]): ColumnMapping {
  const base: ColumnMapping = preset === undefined ? {} : presetNamed(preset);
  const singles: Partial<Record<(typeof SINGLE_KEYS)[number], string>> = {};
  const lists: Partial<Record<(typeof LIST_KEYS)[number], string[]>> = {};
  for (const setting of settings) {
    const at = setting.indexOf('=');
    const key = setting.slice(0, Math.max(0, at));
    const column = setting.slice(at + 1);
    const single = SINGLE_KEYS.find((k) => k === key);
    const list = LIST_KEYS.find((k) => k === key);
    if (column === '' || (single === undefined && list === undefined)) {
      throw badMapping(
        `--map ${shown(setting)}; expected key=column with key one of ${[...SINGLE_KEYS, ...LIST_KEYS].join(', ')}`,
      );
    }
    if (single !== undefined) singles[single] = column;
    if (list !== undefined) (lists[list] ??= []).push(column);
  }
  return { ...base, ...singles, ...lists };
}

function presetNamed(name: string): ColumnMapping {
  if (Object.hasOwn(PRESETS, name)) return PRESETS[name as keyof typeof PRESETS];
  throw badMapping(`--preset ${shown(name)}; expected one of ${Object.keys(PRESETS).join(', ')}`);
}

/** A mapping laid on a header: where each value stands in a row. */
export interface LogColumns {
  /** fields of a row */
  readonly width: number;
  readonly action: number;
  readonly reward: number;
  readonly propensity: number;
  readonly timestamp: number | undefined;
  readonly member: number | undefined;
  readonly offered: number | undefined;
  /** also among `categorical` */
  readonly position: number | undefined;
  readonly categorical: readonly NamedColumn[];
  readonly numeric: readonly NamedColumn[];
  /** shape (K): column of each action's affinity */
  readonly affinity: readonly number[] | undefined;
  /** shape (K): names, in the order of the arms */
  readonly actions: readonly string[];
}

export interface NamedColumn {
  readonly name: string;
  readonly index: number;
}

/**
 * @param actionSet "34" (named 0 … 33) or "a,b,c"; undefined: read off the affinity columns
 * @throws AppError `replay/bad-mapping`
 */
export function layOnHeader(
  mapping: ColumnMapping,
  header: readonly string[],
  actionSet: string | undefined,
): LogColumns {
  const one = (key: (typeof SINGLE_KEYS)[number]): number | undefined => {
    const name = mapping[key];
    return name === undefined ? undefined : columnNamed(header, key, name);
  };
  const required = (key: 'action' | 'reward' | 'propensity'): number => {
    const index = one(key);
    if (index === undefined)
      throw badMapping(`no column is mapped to ${key}; expected --map ${key}=column or a --preset`);
    return index;
  };
  const many = (key: (typeof LIST_KEYS)[number]): NamedColumn[] =>
    (mapping[key] ?? []).flatMap((pattern) => columnsLike(header, key, pattern));
  const position = one('position');
  const categorical = many('context');
  if (position !== undefined) categorical.push({ name: 'position', index: position });
  const actions =
    actionSet === undefined ? actionsOfAffinity(mapping.affinity, header) : readActionSet(actionSet);
  return {
    width: header.length,
    action: required('action'),
    reward: required('reward'),
    propensity: required('propensity'),
    timestamp: one('timestamp'),
    member: one('member'),
    offered: one('offered'),
    position,
    categorical,
    numeric: many('numeric'),
    affinity: affinityColumns(mapping.affinity, header, actions),
    actions: checkActions(actions),
  };
}

function columnNamed(header: readonly string[], key: string, name: string): number {
  const index = header.indexOf(name);
  if (index < 0) {
    throw badMapping(
      `${key} is mapped to the column ${shown(name)}, which is not in the log; the nearest is ${shown(closest(name, header))}`,
    );
  }
  if (header.lastIndexOf(name) !== index)
    throw badMapping(`the log has two columns named ${shown(name)}; expected one (${key})`);
  return index;
}

function columnsLike(header: readonly string[], key: string, pattern: string): NamedColumn[] {
  if (!pattern.endsWith('*')) return [{ name: pattern, index: columnNamed(header, key, pattern) }];
  const prefix = pattern.slice(0, -1);
  const found = header.flatMap((name, index) => (name.startsWith(prefix) ? [{ name, index }] : []));
  if (found.length === 0)
    throw badMapping(`${key} is mapped to ${shown(pattern)}, but no column of the log begins so`);
  return found;
}

function actionsOfAffinity(pattern: string | undefined, header: readonly string[]): string[] {
  if (pattern === undefined) {
    throw badMapping('the action set is unknown; expected --actions 34 (named 0 … 33) or --actions a,b,c');
  }
  const [before, after] = affinityEnds(pattern);
  return header
    .filter(
      (name) => name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after),
    )
    .map((name) => name.slice(before.length, name.length - after.length));
}

function affinityColumns(
  pattern: string | undefined,
  header: readonly string[],
  actions: readonly string[],
): number[] | undefined {
  if (pattern === undefined) return undefined;
  const [before, after] = affinityEnds(pattern);
  return actions.map((action) => columnNamed(header, 'affinity', `${before}${action}${after}`));
}

function affinityEnds(pattern: string): [before: string, after: string] {
  const at = pattern.indexOf(PLACEHOLDER);
  if (at < 0)
    throw badMapping(`affinity is mapped to ${shown(pattern)}; expected a name with ${PLACEHOLDER} in it`);
  return [pattern.slice(0, at), pattern.slice(at + PLACEHOLDER.length)];
}

function readActionSet(text: string): string[] {
  if (!/^\d+$/.test(text)) return text.split(',').map((name) => name.trim());
  const count = Number(text);
  return Array.from({ length: Math.min(count, MAX_ARMS + 1) }, (_, i) => String(i));
}

function checkActions(actions: readonly string[]): readonly string[] {
  if (actions.length < 1 || actions.length > MAX_ARMS) {
    throw badMapping(
      `${actions.length > MAX_ARMS ? `more than ${MAX_ARMS}` : 'no'} actions; expected 1 … ${MAX_ARMS}`,
    );
  }
  if (new Set(actions).size !== actions.length || actions.includes('')) {
    throw badMapping(`actions ${shown(actions)}; expected names that are not empty, each once`);
  }
  return actions;
}

function badMapping(message: string): AppError {
  return new AppError('replay/bad-mapping', message);
}
