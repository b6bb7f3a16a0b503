/**
 * A strict well-formedness check for the XML that this folder writes: elements, attributes in double quotes, character data and the five predefined
 * entities; nothing else of XML 1.0 (no comments, CDATA, processing instructions, doctypes). Returns what is wrong, or undefined.
 */
export function xmlFault(xml: string): string | undefined {
  const open: string[] = [];
  const ids = new Set<string>();
  const token = /<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z][A-Za-z0-9:-]*="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
  let at = 0;
  while (at < xml.length) {
    token.lastIndex = at;
    const found = token.exec(xml);
    if (found === null) return `no markup at ${at}: ${xml.slice(at, at + 60)}`;
    const [all, closing, name = '', attributes = '', empty, text] = found;
    const fault = text === undefined ? attributeFault(attributes, ids) : textFault(text, open.length);
    if (fault !== undefined) return `${fault} at ${at}: ${all.slice(0, 60)}`;
    if (text === undefined && closing === '/') {
      if (open.pop() !== name) return `</${name}> closes nothing at ${at}`;
    } else if (text === undefined && empty !== '/') open.push(name);
    at += all.length;
    if (open.length === 0 && at < xml.length) return `something after the root at ${at}`;
  }
  return open.length === 0 ? undefined : `<${open.at(-1) ?? ''}> is never closed`;
}

function textFault(text: string, depth: number): string | undefined {
  if (depth === 0) return 'text outside of the root';
  return referenceFault(text);
}

function attributeFault(attributes: string, ids: Set<string>): string | undefined {
  const names = new Set<string>();
  for (const [, name = '', value = ''] of attributes.matchAll(/([A-Za-z][A-Za-z0-9:-]*)="([^"]*)"/g)) {
    if (names.has(name)) return `attribute ${name} twice`;
    names.add(name);
    if (name === 'id' && ids.has(value)) return `id ${value} twice`;
    if (name === 'id') ids.add(value);
    const fault = referenceFault(value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Control characters and lone surrogates are no characters of XML 1.0 (production 2). */
function referenceFault(text: string): string | undefined {
  if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(text)) return 'a bare ampersand';
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(text)) return 'no character of XML';
  return undefined;
}
