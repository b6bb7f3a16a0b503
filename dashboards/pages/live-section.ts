import { artworkShareFigure } from './artwork-share-figure.js';
import { html, type Html } from './html.js';
import type { LiveResults } from './live-results.js';
import { takeFractionFigure } from './take-fraction-figure.js';

/** The compared policies, as a fragment: alone on /live, beside the rows on /. */
export function liveSection(results: LiveResults): Html {
  return html`${takeFractionFigure(results)} ${artworkShareFigure(results)}`;
}
