import { describe, expect, it } from 'vitest';
import { html } from './html.js';

describe('html', () => {
  it('escapes text and attribute values', () => {
    const hostile = `"><script>alert('x')</script>&`;
    expect(html`<a title="${hostile}">${hostile}</a>`.toString()).toBe(
      '<a title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;">' +
        '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</a>',
    );
  });

  it('keeps what is HTML already, joins lists, and prints nothing for what is absent', () => {
    const items = ['a', '<'].map((item) => html`<li>${item}</li>`);
    expect(
      html`<ul>
          ${items}
        </ul>
        ${undefined}${null}${false}${true}${0}`.toString(),
    ).toBe('<ul><li>a</li><li>&lt;</li></ul>0');
  });

  it('escapes a list of plain strings', () => {
    expect(html`${['<b>', '&']}`.toString()).toBe('&lt;b&gt;&amp;');
  });
});
