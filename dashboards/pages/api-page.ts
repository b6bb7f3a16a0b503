import { schemaTable, typeWords, type ShownSchema } from './api-schema.js';
import { html, type Html } from './html.js';
import { layout, topBar, type PageFrameOptions } from './layout.js';

/** As much of an OpenAPI document as its page shows. */
export interface ShownApi {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, ShownOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, ShownSchema>> };
}

export interface ShownOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  /** each a scheme and the scopes a key needs; an empty list: no key is wanted */
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description: string;
    readonly required: boolean;
    readonly schema: ShownSchema;
  }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, ShownContent>>;
  };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, ShownContent>> }
    >
  >;
}

interface ShownContent {
  readonly schema: ShownSchema;
  readonly example?: unknown;
}

interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: ShownOperation;
}

/** GET /api: the description of the HTTP API, to read. It needs no script: `/openapi.json` is for programs. */
export function apiPage(api: ShownApi, frame: PageFrameOptions): string {
  const placed: Placed[] = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const groups = api.tags.map(({ name }) => ({
    name,
    operations: placed.filter(({ operation }) => operation.tags.includes(name)),
  }));
  return layout({
    title: 'HTTP API · Marquee',
    theme: frame.theme,
    assets: frame.assets,
    modules: ['theme-toggle'],
    header: topBar('api', html``),
    body: html`<div class="api-page">
      <nav class="api-contents" aria-label="Requests">
        ${groups.map(
          ({ name, operations }) =>
            html`<h2>${name}</h2>
              <ul>
                ${operations.map(
                  ({ method, path, operation }) =>
                    html`<li>
                      <a href="#${operation.operationId}">${badge(method)} <code>${path}</code></a>
                    </li>`,
                )}
              </ul>`,
        )}
      </nav>
      <main id="main">
        <h1>HTTP API</h1>
        <p class="lede">
          ${api.info.description} Version ${api.info.version}; for programs:
          <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).
        </p>
        ${groups.map(
          ({ name, operations }) =>
            html`<section aria-label="${name}">
              <h2>${name}</h2>
              ${operations.map(section)}
            </section>`,
        )}
        <section aria-label="Schemas">
          <h2>Schemas</h2>
          ${Object.entries(api.components.schemas).map(
            ([name, schema]) =>
              html`<article class="api-operation" id="schema-${name}">
                <h3>${name}</h3>
                ${schemaTable(schema, name)}
              </article>`,
          )}
        </section>
      </main>
    </div>`,
  });
}

function badge(method: string): Html {
  return html`<span class="api-method api-${method}">${method.toUpperCase()}</span>`;
}

function section({ method, path, operation }: Placed): Html {
  const { operationId, summary, description, parameters = [], requestBody } = operation;
  return html`<article class="api-operation" id="${operationId}">
    <h3>${badge(method)} <code>${path}</code></h3>
    <p>${summary}${keyWords(operation.security)}</p>
    ${description === undefined ? '' : html`<p class="muted">${withCode(description)}</p>`}
    ${parameters.length === 0 ? '' : parameterTable(parameters, summary)}
    ${Object.entries(requestBody?.content ?? {}).map(([type, content]) => body(type, content, summary))}
    <h4>Answers</h4>
    <dl class="api-answers">
      ${Object.entries(operation.responses).map(
        ([status, { description: what, content = {} }]) =>
          html`<div>
            <dt><code>${status}</code></dt>
            <dd>
              ${withCode(what)}${Object.values(content).map(({ schema }) => html` <span class="muted">→ ${shortType(schema)}</span>`)}
            </dd>
          </div>`,
      )}
    </dl>
  </article>`;
}

/** Which key a request needs, in brackets. */
function keyWords(security: ShownOperation['security']): Html | string {
  if (security === undefined) return '';
  const scopes = [...new Set(security.flatMap((scheme) => Object.values(scheme).flat()))];
  return html` <span class="muted"
    >(${scopes.length === 0 ? 'no key' : `a key with the scope ${scopes.join(' or ')}`})</span
  >`;
}

function shortType(schema: ShownSchema): Html {
  return schema.properties
    ? html`{
      ${Object.entries(schema.properties).map(([name, of], i) => [i === 0 ? '' : ', ', `${name}: `, typeWords(of)])}
      }`
    : typeWords(schema);
}

function body(mediaType: string, { schema, example }: ShownContent, summary: string): Html {
  return html`<h4>Body <code>${mediaType}</code></h4>
    ${schemaTable(schema, `Body (${mediaType}) of: ${summary}`)}
    ${example === undefined ? '' : html`<pre><code>${JSON.stringify(example, null, 2)}</code></pre>`}`;
}

function parameterTable(parameters: NonNullable<ShownOperation['parameters']>, summary: string): Html {
  const properties = Object.fromEntries(
    parameters.map(({ name, in: place, description, schema }) => [
      name,
      { ...schema, description: `in the ${place}: ${description}` },
    ]),
  );
  const required = parameters.flatMap((one) => (one.required ? [one.name] : []));
  return html`<h4>Parameters</h4>
    ${schemaTable({ type: 'object', properties, required }, `Parameters of: ${summary}`)}`;
}

/** Text in which what stands between backticks is code. */
function withCode(text: string): Html {
  return html`${text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}
