import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { distance } from 'fastest-levenshtein';
import { parse as parseYaml } from 'yaml';
import { AppError, shown } from '../core/errors.js';
import { checkTogether } from './config-checks.js';
import { ConfigSchema, type Config } from './config-schema.js';

export type { Config, Role, VariantConfig } from './config-schema.js';

/** Environment variables that start so are settings: MARQUEE_SERVER__PORT=9000 is server.port. Values are YAML scalars or lists. */
const PREFIX = 'MARQUEE_';

export interface ConfigSources {
  /** path of a YAML file; absent: no file */
  readonly file?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** what the command line says, nested like the file; wins over all */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/**
 * One file, then the environment, then the command line; checked strictly, completed with defaults, deep-frozen.
 *
 * @throws AppError `config/unreadable` | `config/unknown-key` | `config/bad-value` | `config/unsafe-bind`, naming key, value and what was expected
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const merged = merge(
    merge(readFile(sources.file), fromEnvironment(sources.environment ?? process.env)),
    sources.overrides ?? {},
  );
  const validate = validator();
  if (!validate(merged)) throw explain(validate.errors ?? []);
  checkTogether(merged);
  return deepFreeze(merged);
}

let compiled: ValidateFunction<Config> | undefined;

/** Compiled once: it takes longer than all the rest. */
function validator(): ValidateFunction<Config> {
  return (compiled ??= new Ajv({
    useDefaults: true,
    allErrors: true,
    strict: true,
    verbose: true,
    keywords: ['secret'],
  }).compile<Config>(ConfigSchema));
}

/** The effective settings as they may be shown: secrets say only that they are set. */
export function withoutSecrets(config: Config): unknown {
  return hidden(config, ConfigSchema as SecretNode);
}

interface SecretNode {
  readonly secret?: boolean;
  readonly properties?: Readonly<Record<string, SecretNode>>;
  readonly items?: SecretNode;
}

/** A section that is marked has secrets in it; a value that is marked is one. */
function hidden(value: unknown, node: SecretNode): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => hidden(entry, node.items ?? {}));
  if (isPlain(value) && node.properties !== undefined)
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, hidden(inner, node.properties?.[key] ?? {})]),
    );
  return node.secret === true ? '[secret]' : value;
}

function readFile(path: string | undefined): Record<string, unknown> {
  if (path === undefined) return {};
  let parsed: unknown;
  try {
    parsed = parseYaml(readFileSync(path, 'utf8'));
  } catch (error) {
    // The first line says what and where; the others show the file's text, perhaps a secret.
    const [what = ''] = (error as Error).message.split('\n', 1);
    throw new AppError('config/unreadable', `config file ${shown(path)}: ${what}`);
  }
  if (parsed === null || parsed === undefined) return {};
  if (typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw new AppError(
      'config/unreadable',
      `config file ${shown(path)} holds ${shown(parsed)}; expected settings by name`,
    );
  }
  return parsed as Record<string, unknown>;
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  let result: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || text === undefined) continue;
    const path = name.slice(PREFIX.length).split('__').map(camelCase);
    let value: unknown;
    try {
      value = parseYaml(text);
    } catch {
      value = text;
    }
    result = merge(
      result,
      path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>,
    );
  }
  return result;
}

function camelCase(upper: string): string {
  return upper.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function merge(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const existing = result[key];
    result[key] = isPlain(value) ? merge(isPlain(existing) ? existing : {}, value) : value;
  }
  return result;
}

function explain(errors: readonly ErrorObject[]): AppError {
  const unknown = errors.find((e) => e.keyword === 'additionalProperties');
  if (unknown) {
    const key = (unknown.params as { additionalProperty: string }).additionalProperty;
    const parent = dotted(unknown.instancePath);
    const known = Object.keys(
      (unknown.parentSchema as { properties?: object } | undefined)?.properties ?? {},
    );
    const nearest = known.reduce(
      (best, name) => (distance(name, key) < distance(best, key) ? name : best),
      known[0] ?? '',
    );
    const full = parent === '' ? key : `${parent}.${key}`;
    return new AppError(
      'config/unknown-key',
      `unknown setting ${shown(full)}; the nearest known one is ${shown(parent === '' ? nearest : `${parent}.${nearest}`)}`,
    );
  }
  const first = errors[0];
  const secret = (first?.parentSchema as { secret?: boolean } | undefined)?.secret === true;
  const value = secret ? 'a secret' : shown(first?.data);
  return new AppError(
    'config/bad-value',
    `${dotted(first?.instancePath ?? '')} is ${value}; ${expected(errors)}`,
  );
}

function expected(errors: readonly ErrorObject[]): string {
  const constants = errors
    .filter((e) => e.keyword === 'const')
    .map((e) => String((e.params as { allowedValue: unknown }).allowedValue));
  return constants.length > 0
    ? `expected one of ${constants.join(', ')}`
    : `it ${errors[0]?.message ?? 'is not valid'}`;
}

function dotted(pointer: string): string {
  return pointer.slice(1).replaceAll('/', '.');
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
