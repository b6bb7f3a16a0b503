import { describe, expect, it } from 'vitest';
import { html } from './html.js';

describe('html', () => {
  it('escapes text and attribute values', () => {
    const hostile = `"><script>alert('x')</script>&`;
    const escaped = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;';
    expect(html`<a title="${hostile}">${hostile}</a>`.toString()).toBe(
      `<a title="${escaped}">${escaped}</a>`,
    );
  });

  it('keeps what is HTML already, and escapes each of a list', () => {
    const items = ['a', '<'].map((item) => html`<li>${item}</li>`);
    expect(html`<i>${items}</i>`.toString()).toBe('<i><li>a</li><li>&lt;</li></i>');
    expect(html`<i>${['<b>', '&']}</i>`.toString()).toBe('<i>&lt;b&gt;&amp;</i>');
  });

  it('prints nothing for what is absent, and zero for zero', () => {
    expect(html`<i>${[undefined, null, false, true, '', 0]}</i>`.toString()).toBe('<i>0</i>');
  });

  it('drops the indentation of the template, never that of a value', () => {
    // Under another name, or the formatter would rewrite the template that is tested.
    const markup = html;
    const value = 'a\n    b';
    expect(
      markup`<p>
      ${value}
    </p>`.toString(),
    ).toBe('<p>\na\n    b\n</p>');
  });
});
