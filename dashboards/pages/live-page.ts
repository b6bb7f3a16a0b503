import { html, type Html } from './html.js';
import { layout, topBar, type PageFrameOptions } from './layout.js';

export interface LivePage extends PageFrameOptions {
  readonly section: Html;
}

const RELOAD_WITHOUT_SCRIPT_S = 10;

/** The results as a page of their own. Complete without script, which then only refreshes it. */
export function livePage(page: LivePage): string {
  return layout({
    title: 'Live results · Marquee',
    theme: page.theme,
    assets: page.assets,
    modules: ['live-page', 'api', 'live-section', 'theme-toggle'],
    head: html`<noscript><meta http-equiv="refresh" content="${RELOAD_WITHOUT_SCRIPT_S}" /></noscript>`,
    header: topBar('live', html``),
    body: html`<main id="main" class="live-page">
      <h1>Live results</h1>
      <p class="lede">
        Members are split among the policies below; each policy picks the pictures its members see and learns
        from what they play.
      </p>
      <div id="live" data-live-src="/fragments/live" data-live-size="own" data-refresh-ms="${page.refreshMs}">
        ${page.section}
      </div>
    </main>`,
  });
}
