/** Text that is HTML already. Made by {@link html}, so what is not one is escaped. */
export class Html {
  readonly #text: string;
  private constructor(text: string) {
    this.#text = text;
  }
  static of(text: string): Html {
    return new Html(text);
  }
  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template: text and numbers are escaped; undefined, null, true and false print nothing; lists are joined. */
export type HtmlValue = Html | string | number | boolean | null | undefined | readonly HtmlValue[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes for element content and for quoted attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

function printed(value: HtmlValue): string {
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return (value as readonly HtmlValue[]).map(printed).join('');
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return '';
}

const collapsedParts = new WeakMap<TemplateStringsArray, readonly string[]>();

/** The indentation of a template is for its author: a line break is kept, since white space separates words, the rest is not sent. */
function collapsed(parts: TemplateStringsArray): readonly string[] {
  let texts = collapsedParts.get(parts);
  if (texts === undefined) {
    texts = parts.map((text) => text.replace(/\s*\n\s*/g, '\n'));
    collapsedParts.set(parts, texts);
  }
  return texts;
}

/**
 * HTML (and SVG) whose values are escaped unless they are {@link Html} themselves. Attribute values must be quoted in the template.
 *
 * @example html`<p title="${'"'}">${'<'}</p>`.toString() // => '<p title="&quot;">&lt;</p>'
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const texts = collapsed(parts);
  let text = texts[0] ?? '';
  values.forEach((value, i) => (text += printed(value) + (texts[i + 1] ?? '')));
  return Html.of(text);
}
