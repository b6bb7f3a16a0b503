import { stackedShare } from '../charts/stacked-share.js';
import { html, type Html } from './html.js';
import type { LiveResults, ShareResult } from './live-results.js';
import { countText, percentText } from './number-words.js';
import { policyLook } from './policy-names.js';

type VariantShare = ShareResult['shares'][number];

function displayedOf(share: VariantShare, artworkId: string): number {
  return share.points.reduce((sum, point) => sum + (point.counts.get(artworkId) ?? 0), 0);
}

function displayedInAll(share: VariantShare): number {
  return share.points.reduce((sum, point) => [...point.counts.values()].reduce((a, b) => a + b, sum), 0);
}

function panel(share: VariantShare, result: ShareResult, size: LiveResults['size'], index: number): Html {
  const look = policyLook(share.policy);
  const total = displayedInAll(share);
  const said = result.artworks.map(
    (art) =>
      `${art.label} ${total === 0 ? 'none' : percentText(displayedOf(share, art.artworkId) / total, 0)}`,
  );
  const chart = stackedShare({
    id: `artwork-share-${index}`,
    title: `${look.label}: which picture of ${result.titleName} was displayed`,
    description: `Share of each picture over time, by the ${look.label} policy. Over all: ${said.join(', ')}`,
    ...(size === 'narrow' ? { width: 380, height: 92 } : { width: 320, height: 200 }),
    parts: result.artworks.map(({ artworkId, label }) => ({ key: artworkId, label })),
    points: share.points,
  });
  return html`<figure class="share-panel">
    <figcaption class="${look.className}">
      <span class="dot" aria-hidden="true"></span>${look.label}
    </figcaption>
    ${chart}
  </figure>`;
}

function legend(result: ShareResult): Html {
  return html`<ul class="share-legend">
    ${result.artworks.map(
      (art, i) =>
        html`<li>
          <span class="share-key share-${i}" aria-hidden="true"></span
          >${art.url === undefined ? '' : html`<img src="${art.url}" alt="" width="96" height="54" loading="lazy" />`}<span
            >${art.label}</span
          >
        </li>`,
    )}
  </ul>`;
}

function table(result: ShareResult): Html {
  const totals = result.shares.map(displayedInAll);
  const cells = (artworkId: string): Html[] =>
    result.shares.map((share, i) => {
      const displayed = displayedOf(share, artworkId);
      return html`<td>
        ${countText(displayed)}${totals[i] === 0 ? '' : html` <span class="muted">${percentText(displayed / totals[i]!, 0)}</span>`}
      </td>`;
    });
  return html`<details>
    <summary>The numbers</summary>
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Picture</th>
            ${result.shares.map((share) => html`<th scope="col">${policyLook(share.policy).label}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${result.artworks.map(
            (art) =>
              html`<tr>
                <th scope="row">${art.label}</th>
                ${cells(art.artworkId)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="fine">
      Impressions of each picture since the start. Uniform shows what chance alone does; a policy that
      personalises keeps several pictures in use, each for the members it works for.
    </p>
  </details>`;
}

/** Which picture of one title each policy displays, over time. The choice of title is a region of its own, so that it can be used while the rest refreshes. */
export function artworkShareFigure({ share, size }: LiveResults): Html {
  if (share === undefined) {
    return html`<section class="figure" data-region="artwork-share-choice"></section>
      <section data-region="artwork-share"></section>`;
  }
  const options = share.choices.map(
    ({ titleId, name }) =>
      html`<option value="${titleId}" ${titleId === share.titleId ? html` selected` : ''}>${name}</option>`,
  );
  return html`<section class="figure" aria-labelledby="artwork-share-heading">
    <h2 id="artwork-share-heading">Which picture does each policy show?</h2>
    <div data-region="artwork-share-choice">
      <form class="title-choice" method="get" action="/live">
        <label
          >Title
          <select name="title">
            ${options}
          </select></label
        ><noscript><button>Show</button></noscript>
      </form>
    </div>
    <div data-region="artwork-share">
      <div class="share-panels">${share.shares.map((of, i) => panel(of, share, size, i))}</div>
      ${legend(share)}${table(share)}
    </div>
  </section>`;
}
