import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { policySettings } from '../bandit/policies/index.js';
import { POLICY_NAMES } from '../bandit/policy.js';
import { ConfigSchema } from '../src/config-schema.js';

/** Where the page goes; written by `node --import tsx scripts/write-configuration-docs.ts`. */
export const CONFIGURATION_PAGE = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));

/** What this script reads of JSON Schema: the keywords that src/config-schema.ts uses. */
interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly secret?: boolean;
}

const INTRO = `# Configuration

<!-- Generated from src/config-schema.ts by scripts/write-configuration-docs.ts: change the schema, then run \`node --import tsx scripts/write-configuration-docs.ts\`. -->

Every setting has a default: an empty configuration runs. Three sources, each winning over the one before:

1. **A file**: YAML, \`marquee.yaml\` in the working directory where there is one, or \`--config FILE\`. Sections nest: \`server: {port: 9000}\`.
2. **The environment**: \`MARQUEE_SECTION__KEY\`, two underscores between section and key, one between words. The value is YAML, so lists work:
   \`MARQUEE_ROLES='[serve, learn]'\`. Only names that begin with \`MARQUEE_\` are read.
3. **The command line**: \`--data\`, \`--port\` and \`--roles\`.

**Strict.** An unknown setting is an error that names the nearest known one; a value of another type or out of range is an error that shows it and what was expected. Nothing is
converted or cut to fit. What was read is frozen: to change a setting, restart. \`marquee config\` prints the effective settings.

**Secrets** are never printed or logged: \`marquee config\` says only that they are set. A signing or draw key that is not configured is made once and kept, readable by its owner alone, in
the data directory; give them yourself when several processes without a shared directory must accept each other's tokens. A new draw key deals every member new pictures; a new token key
refuses the events of pages already served.
`;

/** The whole page, as it should be on disk. */
export function configurationPage(): string {
  const top = Object.entries((ConfigSchema as SchemaNode).properties ?? {});
  const single = top.filter(([, node]) => node.properties === undefined);
  const sections = top.filter(([, node]) => node.properties !== undefined);
  return [
    INTRO,
    table([], single),
    ...sections.map(
      ([name, node]) =>
        `## ${name}\n\n${table(
          [name],
          flattened(node, []).map(([key, inner]) => [key, inner]),
        )}`,
    ),
    ...objectLists(sections),
    policyDefaults(),
  ].join('\n');
}

/** `server.bodyLimitBytes` → `MARQUEE_SERVER__BODY_LIMIT_BYTES` */
export function environmentName(path: readonly string[]): string {
  const words = path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return `MARQUEE_${words.join('__')}`;
}

function table(section: readonly string[], rows: readonly (readonly [string, SchemaNode])[]): string {
  const head = '| setting | value | default | what it does | environment |\n|---|---|---|---|---|\n';
  const lines = rows.map(([key, node]) => {
    const path = [...section, ...key.split('.')];
    const cells = [
      `\`${path.join('.')}\``,
      valueOf(node),
      defaultOf(node),
      node.description ?? '',
      `\`${environmentName(path)}\``,
    ];
    return `| ${cells.map(cell).join(' | ')} |\n`;
  });
  return head + lines.join('');
}

/** A list whose items are objects gets a table of its items' keys: they are set as a whole, so they have no variable of their own. */
function objectLists(sections: readonly (readonly [string, SchemaNode])[]): string[] {
  return sections.flatMap(([name, node]) =>
    Object.entries(node.properties ?? {}).flatMap(([key, list]) =>
      list.items?.properties === undefined ? [] : [`## Each of ${name}.${key}\n\n${itemTable(list.items)}`],
    ),
  );
}

/** A policy's settings are its own, and so are their defaults. */
function policyDefaults(): string {
  const named = (settings: ReturnType<typeof policySettings>): string =>
    Object.entries(settings)
      .map(([name, { default: value }]) => `\`${name}\` ${value}`)
      .join(', ');
  const each = POLICY_NAMES.filter((policy) => Object.keys(policySettings(policy)).length > 0).map(
    (policy) => `\`${policy}\` ${named(policySettings(policy))}`,
  );
  return `Settings that are not given take the policy's own default: ${each.join('; ')}. \`uniform\` has none.\n`;
}

function itemTable(item: SchemaNode): string {
  const lines = flattened(item, []).map(
    ([key, node, optional]) =>
      `| ${[`\`${key}\``, valueOf(node), optional ? 'no' : 'yes', node.description ?? ''].map(cell).join(' | ')} |\n`,
  );
  return `| key | value | required | what it is |\n|---|---|---|---|\n${lines.join('')}`;
}

function flattened(node: SchemaNode, path: readonly string[]): [string, SchemaNode, boolean][] {
  return Object.entries(node.properties ?? {}).flatMap(([key, inner]): [string, SchemaNode, boolean][] =>
    inner.properties === undefined
      ? [[[...path, key].join('.'), inner, node.required?.includes(key) !== true]]
      : flattened(inner, [...path, key]),
  );
}

function valueOf(node: SchemaNode): string {
  if (node.anyOf) return node.anyOf.map((one) => `\`${String(one.const)}\``).join(' · ');
  if (node.type === 'boolean') return '`true` · `false`';
  if (node.type === 'array') return listOf(node);
  if (node.type === 'string') return textOf(node);
  return `${node.type === 'integer' ? 'whole number' : 'number'}${range(node)}`;
}

function range({ minimum, exclusiveMinimum, maximum }: SchemaNode): string {
  const above = exclusiveMinimum === undefined ? undefined : ` above ${amount(exclusiveMinimum)}`;
  const from = minimum === undefined ? above : ` ${amount(minimum)}`;
  return `${from ?? ''}${maximum === undefined ? '' : minimum === undefined ? `, at most ${amount(maximum)}` : ` to ${amount(maximum)}`}`;
}

function listOf({ items = {}, minItems = 0, maxItems, uniqueItems }: SchemaNode): string {
  const count = maxItems === undefined ? `at least ${minItems}` : `${minItems} to ${maxItems}`;
  const each = items.properties === undefined ? valueOf(items) : 'see below';
  return `list of ${count}${uniqueItems === true ? ', each once' : ''}: ${each}`;
}

function textOf({ minLength, maxLength, pattern, secret }: SchemaNode): string {
  const kind = secret === true ? 'secret text' : 'text';
  if (pattern !== undefined) return `${kind} like \`${pattern}\``;
  if (maxLength !== undefined) return `${kind} of ${minLength ?? 0} to ${amount(maxLength)} characters`;
  return (minLength ?? 0) > 1 ? `${kind} of at least ${minLength ?? 0} characters` : kind;
}

function defaultOf({ default: value }: SchemaNode): string {
  if (value === undefined) return '–';
  if (typeof value === 'number') return amount(value);
  if (typeof value === 'string') return `\`${value}\``;
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string'))
    return value.length === 0 ? 'none' : value.map((entry) => `\`${entry}\``).join(', ');
  return `\`${JSON.stringify(value)}\``;
}

/** 2,000,000 and not 2000000; but port 8080 */
function amount(value: number): string {
  return value < 10_000 ? String(value) : value.toLocaleString('en-GB', { maximumFractionDigits: 6 });
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(CONFIGURATION_PAGE, configurationPage());
