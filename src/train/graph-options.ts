import { AppError, shown } from '../../core/errors.js';
import {
  checkGraphSettings,
  DEFAULT_GRAPH_SETTINGS,
  type GraphSettings,
} from '../../features/graph/graph-settings.js';
import type { GraphTrainingOptions } from './graph-training.js';

/** What the command line says, as text: checked here. */
export interface GraphArguments {
  readonly triples?: string;
  readonly output: string;
  readonly model?: string;
  readonly loss?: string;
  readonly dimension?: string;
  readonly negatives?: string;
  readonly batch?: string;
  readonly rate?: string;
  readonly margin?: string;
  readonly decay?: string;
  readonly sides?: string;
  readonly unitEntities?: boolean;
  readonly epochs?: string;
  readonly minutes?: string;
  readonly seed?: string;
  readonly resume?: boolean;
  readonly publish?: boolean;
  readonly force?: boolean;
  readonly tolerance?: string;
  readonly json?: boolean;
}

/** @throws AppError `train/bad-option` | `graph/bad-setting` */
export function readGraphOptions(args: GraphArguments): GraphTrainingOptions {
  const minutes = numberOf('--minutes', args.minutes, 0, 100_000);
  const epochs = numberOf('--epochs', args.epochs, 1, 1_000_000) ?? 30;
  if (!Number.isInteger(epochs)) throw badOption('--epochs', args.epochs, 'a whole number');
  return {
    settings: readSettings(args),
    epochs,
    mostMs: minutes === undefined ? undefined : 60_000 * minutes,
    resume: args.resume === true,
    publish: args.publish === true,
    force: args.force === true,
    tolerance: numberOf('--tolerance', args.tolerance, 0, 1) ?? 0.005,
  };
}

function readSettings(args: GraphArguments): GraphSettings {
  const numbers = (['dimension', 'negatives', 'batch', 'rate', 'margin', 'decay', 'seed'] as const).flatMap(
    (name) => {
      const value = numberOf(`--${name}`, args[name], -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
      return value === undefined ? [] : [[name, value] as const];
    },
  );
  const words = (['model', 'loss', 'sides'] as const).flatMap((name) =>
    args[name] === undefined ? [] : [[name, args[name]] as const],
  );
  // Whether a word is one of those known is checked with the rest.
  return checkGraphSettings({
    ...DEFAULT_GRAPH_SETTINGS,
    ...(Object.fromEntries([...numbers, ...words]) as Partial<GraphSettings>),
    unitEntities: args.unitEntities === true,
  });
}

function numberOf(option: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw badOption(option, text, `a number in [${least}, ${most}]`);
}

function badOption(option: string, text: string | undefined, expected: string): AppError {
  return new AppError('train/bad-option', `${option} ${shown(text)}; expected ${expected}`);
}
