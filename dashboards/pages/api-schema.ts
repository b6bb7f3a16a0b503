import { html, type Html } from './html.js';

/** As much of a JSON Schema as its description for people needs. */
export interface ShownSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ShownSchema[];
  readonly items?: ShownSchema;
  readonly properties?: Readonly<Record<string, ShownSchema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, ShownSchema>>;
  readonly additionalProperties?: boolean | ShownSchema;
  readonly description?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly [limit: string]: unknown;
}

const LIMITS: Readonly<Record<string, (limit: string) => string>> = {
  minimum: (n) => `≥ ${n}`,
  exclusiveMinimum: (n) => `> ${n}`,
  maximum: (n) => `≤ ${n}`,
  minLength: (n) => `at least ${n} characters`,
  maxLength: (n) => `at most ${n} characters`,
  minItems: (n) => `at least ${n}`,
  maxItems: (n) => `at most ${n}`,
};
/** a code's list is on a page of its own */
const MOST_LISTED = 16;

/** Name of what a reference names. */
function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

/** What a value is, in words: "list of Title", "tv, mobile or web". */
export function typeWords(schema: ShownSchema): Html {
  if (schema.$ref !== undefined) {
    const name = nameOf(schema.$ref);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum && schema.enum.length <= MOST_LISTED)
    return alternatives(schema.enum.map((c) => ({ const: c })));
  if (schema.anyOf) return alternatives(schema.anyOf);
  if (schema.type === 'array') return html`list of ${typeWords(schema.items ?? {})}`;
  const perKey = Object.values(schema.patternProperties ?? {})[0];
  if (perKey) return html`object: each key ${typeWords(perKey)}`;
  return html`${[schema.type ?? 'anything'].flat().join(' or ')}`;
}

function alternatives(schemas: readonly ShownSchema[]): Html {
  const last = schemas.length - 1;
  return html`${schemas.map((one, i) => [i === 0 ? '' : i === last ? ' or ' : ', ', typeWords(one)])}`;
}

function limitWords(schema: ShownSchema): string {
  const limits = Object.entries(LIMITS).flatMap(([key, words]) =>
    schema[key] === undefined ? [] : [words(Number(schema[key]).toLocaleString('en'))],
  );
  if (schema.format !== undefined) limits.push(schema.format);
  if (schema.pattern !== undefined) limits.push(`matches ${schema.pattern}`);
  if (schema.default !== undefined) limits.push(`default ${JSON.stringify(schema.default)}`);
  return limits.join('; ');
}

/** The fields of an object, and of the objects within it; of anything else, what it is. */
export function schemaTable(schema: ShownSchema, caption: string): Html {
  const fields = fieldsOf(schema, '');
  if (fields.length === 0) return html`<p class="api-type">${typeWords(schema)}</p>`;
  return html`<div class="table-scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption class="visually-hidden">
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">What it is</th>
          <th scope="col">Limits and meaning</th>
        </tr>
      </thead>
      <tbody>
        ${fields}
      </tbody>
    </table>
  </div>`;
}

function fieldsOf(schema: ShownSchema, prefix: string): Html[] {
  if (schema.type === 'array' && schema.items) return fieldsOf(schema.items, `${prefix}[]`);
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const words = [field.description ?? '', limitWords(field)].filter((text) => text !== '').join('. ');
    const optional = required.has(name) ? '' : html` <span class="muted">optional</span>`;
    return [
      html`<tr>
        <th scope="row"><code>${path}</code>${optional}</th>
        <td>${typeWords(field)}</td>
        <td>${words}</td>
      </tr>`,
      ...fieldsOf(field, path),
    ];
  });
}
