import { html, type Html } from './html.js';

export type Theme = 'light' | 'dark';

/** What every page is given the same way. */
export interface PageFrameOptions {
  /** undefined: as the system prefers */
  readonly theme: Theme | undefined;
  /** path under which this version of the assets is served, without a trailing slash */
  readonly assets: string;
  /** time between two refreshes of the live section */
  readonly refreshMs: number;
}

export interface PageFrame extends Omit<PageFrameOptions, 'refreshMs'> {
  readonly title: string;
  /** browser modules of this page, without extension; the first is the entry, the others are fetched along with it */
  readonly modules: readonly string[];
  readonly header: Html;
  readonly body: Html;
  readonly head?: Html;
}

/** No inline script, no inline style, nothing from another host but pictures: artwork may be served from anywhere. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' https: http:",
  "connect-src 'self'",
  "font-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** where the assets keep a page's modules */
const MODULES = 'dashboards/browser';

/** A whole page. The theme is in the first byte of HTML (from a cookie), so that no page flashes in the wrong one. */
export function layout(frame: PageFrame): string {
  const [entry, ...rest] = frame.modules;
  const page = html`<!doctype html>
    <html lang="en" ${frame.theme === undefined ? '' : html` data-theme="${frame.theme}"`}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="dark light" />
        <title>${frame.title}</title>
        <link rel="icon" href="${frame.assets}/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${frame.assets}/marquee.css" />
        ${rest.map((name) => html`<link rel="modulepreload" href="${frame.assets}/${MODULES}/${name}.js" /> `)}${frame.head}
        ${entry === undefined ? '' : html`<script type="module" src="${frame.assets}/${MODULES}/${entry}.js"></script>`}
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        ${frame.header} ${frame.body}
      </body>
    </html> `;
  return page.toString();
}

/** The wordmark and what every page has on the right of it. */
export function topBar(current: 'home' | 'live' | 'experiment' | 'api', middle: Html): Html {
  const link = (name: typeof current, href: string, label: Html | string): Html =>
    html`<a href="${href}" ${current === name ? html` aria-current="page"` : ''}>${label}</a>`;
  return html`<header class="top-bar">
    <a class="wordmark" href="/" aria-label="Marquee, home">Marquee</a>
    <nav class="top-nav" aria-label="Pages">
      ${link('home', '/', 'Home')}${link('live', '/live', html`Live<span class="wide-only"> results</span>`)}${link('experiment', '/experiment', html`<span class="wide-only">Experiment</span><span class="narrow-only">Test</span>`)}${link('api', '/api', 'API')}
    </nav>
    <div class="top-middle">${middle}</div>
    <button
      class="icon-button theme-toggle"
      type="button"
      data-theme-toggle
      aria-label="Switch between light and dark"
    >
      <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
        <path d="M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z" fill="currentColor" />
      </svg>
    </button>
  </header>`;
}

/** The theme a cookie header asks for, if it asks for one. */
export function themeOf(cookies: string | undefined): Theme | undefined {
  const found = /(?:^|;\s*)marquee-theme=(light|dark)(?:;|$)/.exec(cookies ?? '');
  return found === null ? undefined : (found[1] as Theme);
}
