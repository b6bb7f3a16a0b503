import type { HomeDeps, ListedMember } from '../deps.js';
import { html, type Html } from './html.js';
import { layout, topBar, type PageFrameOptions } from './layout.js';
import { memberPicker } from './member-picker.js';
import { CONTEXTUAL_POLICIES, policyLook } from './policy-names.js';

export interface HomePage extends PageFrameOptions {
  readonly home: HomeDeps;
  readonly members: readonly ListedMember[];
  /** asked for in the address; undefined: the browser's last one, else the first of a contextual variant */
  readonly memberId: string | undefined;
}

export const HOME_MODULES = [
  'home-page',
  'api',
  'home-member',
  'home-rows',
  'home-session',
  'card-movement',
  'keyboard',
  'live-section',
  'member-picker',
  'page-changes',
  'plays',
  'theme-toggle',
  'title-card',
  'toast',
  'why-panel',
] as const;

function simulationNote(members: readonly ListedMember[]): Html | '' {
  if (!members.some((member) => member.simulated === true)) return '';
  return html`<p class="simulated-note" role="note">
    <strong>Simulated:</strong> the members listed here, their tastes and their plays.
    <strong>Real:</strong> the films’ facts, every decision, and whatever you click. Pictures are drawn by
    this service.
  </p>`;
}

/** Shown until the rows arrive, in their shape, so that nothing jumps. */
function skeleton(): Html {
  const cards = Array.from({ length: 8 }, () => html`<div class="card card-ghost"></div>`);
  const row = (className: string): Html =>
    html`<div class="row ${className}">
      <div class="ghost-heading"></div>
      <div class="row-cards">${cards}</div>
    </div>`;
  return html`<div class="skeleton" aria-hidden="true">${row('row-featured')}${row('')}${row('')}</div>`;
}

function defaultMember(members: readonly ListedMember[], home: HomeDeps): string | undefined {
  const contextual = home.variants
    .filter((v) => CONTEXTUAL_POLICIES.includes(v.policy))
    .map((v) => v.variant);
  return (members.find((m) => m.variant !== undefined && contextual.includes(m.variant)) ?? members[0])
    ?.memberId;
}

/** The homepage as a member sees it: the frame here, the rows by the browser from `POST /v1/home`. */
export function homePage(page: HomePage): string {
  const { home, members } = page;
  const looks = Object.fromEntries(home.variants.map((v) => [v.policy, policyLook(v.policy)]));
  return layout({
    title: 'Marquee',
    theme: page.theme,
    assets: page.assets,
    modules: HOME_MODULES,
    header: topBar('home', memberPicker(members, home.variants, page.memberId)),
    body: html`<div class="home-grid">
        <main
          id="main"
          class="home"
          data-home
          data-country="${home.country ?? 'US'}"
          data-language="${home.language ?? 'en'}"
          data-member-id="${page.memberId}"
          data-default-member-id="${defaultMember(members, home)}"
          data-contextual-policies="${JSON.stringify(CONTEXTUAL_POLICIES)}"
          data-policy-looks="${JSON.stringify(looks)}"
        >
          <h1 class="visually-hidden">Home</h1>
          ${simulationNote(members)}
          <div id="rows" aria-busy="true">${skeleton()}</div>
          <noscript
            ><p class="notice">
              This page asks for its rows with JavaScript. The <a href="/live">live results</a> need none.
            </p></noscript
          >
        </main>
        <aside class="live-rail" aria-label="Live results">
          <div id="live" data-live-src="/fragments/live?size=narrow" data-refresh-ms="${page.refreshMs}">
            <p class="notice">Reading the results… They also have <a href="/live">a page of their own</a>.</p>
          </div>
        </aside>
      </div>
      <div class="why-panel" id="why" popover="manual" role="dialog" aria-label="Why this picture?"></div>
      <div class="toast" id="toast" role="status" aria-live="polite"></div>`,
  });
}
