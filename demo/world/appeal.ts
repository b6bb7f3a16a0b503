import type { Device, Title } from '../../client/types.js';
import type { Rng } from '../../core/rng.js';
import { seededRng } from '../../core/rng.js';
import { hashString } from '../../core/hash.js';
import { DEMO_THEMES } from '../catalogue/themes.js';
import type { SimulatedMember } from './members.js';

/** Where a title stood on the page: row and column from 0. */
export interface PagePosition {
  readonly row: number;
  readonly column: number;
}

/** A picture's hidden side. */
export interface ArtworkTruth {
  readonly artworkId: string;
  /** shape (E) */
  readonly themes: Float64Array;
  /** how well it is made: multiplies its pull; log-normal */
  readonly quality: number;
  /** promises what the film does not keep: many short plays, fewer good ones */
  readonly clickbait: boolean;
}

export interface TitleTruth {
  readonly titleId: string;
  /** shape (E) */
  readonly themes: Float64Array;
  readonly artworks: readonly ArtworkTruth[];
}

/** Chances of what one displayed title leads to, given that nothing else is known. They sum to at most 1. */
export interface PlayChances {
  /** a good play: at least 6 minutes, or 70 % of the title */
  readonly quality: number;
  /** a short one */
  readonly short: number;
}

/**
 * The constants of the world. Chosen so that, per displayed title, uniform artwork earns about 0.10 good plays, the best artwork for everyone about
 * 0.13 and the best for each member about 0.19; `describeWorld` computes what they really are.
 */
export const APPEAL = {
  /** good plays per impression of a picture that says nothing to nobody */
  base: 0.033,
  /** added by a picture that is all one's taste, in units of the base */
  artworkTaste: 10,
  /** added by a title that is all one's taste, in units of the base */
  titleTaste: 0.3,
  /** deviation of the log of a picture's quality */
  qualitySigma: 0.18,
  clickbaitShare: 0.1,
  /** what clickbait leaves of the good plays */
  clickbaitKeeps: 0.6,
  /** short plays per impression */
  shortPlays: 0.02,
  clickbaitShortPlays: 0.14,
  /** good plays per impression of somebody who would have watched anyway */
  indifferentPlays: 0.1,
  /** faces work a little better on small screens, wide scenes on large ones */
  deviceLean: 0.12,
  /** horror works a little better at night (UTC hours 0–6) */
  nightLean: 0.2,
  /** never more than this */
  most: 0.85,
} as const;

const STAR = DEMO_THEMES.indexOf('star');
const HORROR = DEMO_THEMES.indexOf('horror');

export function themeArray(themes: Readonly<Record<string, number>>): Float64Array {
  return Float64Array.from(DEMO_THEMES, (theme) => themes[theme] ?? 0);
}

/** The hidden side of a title: what is in the catalogue, and per artwork a quality seeded by its id. */
export function titleTruth(title: Title, seed: number): TitleTruth {
  return {
    titleId: title.titleId,
    themes: themeArray(title.themes),
    artworks: title.artworks.map((artwork) => {
      const rng = seededRng(hashString(artwork.artworkId, seed));
      const clickbait = rng.uniform() < APPEAL.clickbaitShare;
      return {
        artworkId: artwork.artworkId,
        themes: themeArray(artwork.themes),
        quality: drawQuality(rng),
        clickbait,
      };
    }),
  };
}

function drawQuality(rng: Rng): number {
  return Math.exp(APPEAL.qualitySigma * rng.normal() - APPEAL.qualitySigma ** 2 / 2);
}

/** Chance that a displayed title is looked at: falls with its row and its column. 1 at the top left, in (0, 1]. */
export function examination(position: PagePosition): number {
  return 1 / ((1 + 0.04 * position.row) * (1 + 0.05 * position.column));
}

/**
 * Chances of a play when this member is shown this title with this artwork.
 *
 *   quality = e(position) · appetite · base · q(artwork) · k · (1 + A·⟨taste, artwork⟩ + T·⟨taste, title⟩) · lean
 *
 * with k < 1 for clickbait; an indifferent member's chance does not depend on the artwork.
 *
 * @param taste shape (E), the member's taste now
 */
export function playChances(
  member: SimulatedMember,
  taste: Float64Array,
  title: TitleTruth,
  artwork: ArtworkTruth,
  seen: { readonly position: PagePosition; readonly device: Device; readonly atMs: number },
): PlayChances {
  const e = examination(seen.position);
  if (member.indifferent)
    return { quality: clip(e * member.appetite * APPEAL.indifferentPlays), short: e * APPEAL.shortPlays };
  const match =
    1 + APPEAL.artworkTaste * dot(taste, artwork.themes) + APPEAL.titleTaste * dot(taste, title.themes);
  const kept = artwork.clickbait ? APPEAL.clickbaitKeeps : 1;
  const pull = APPEAL.base * artwork.quality * kept * match * lean(artwork, seen.device, seen.atMs);
  return {
    quality: clip(e * member.appetite * pull),
    short: e * (artwork.clickbait ? APPEAL.clickbaitShortPlays : APPEAL.shortPlays),
  };
}

function lean(artwork: ArtworkTruth, device: Device, atMs: number): number {
  const face = (artwork.themes[STAR] ?? 0) - 0.5;
  const onDevice =
    device === 'mobile' ? 1 + APPEAL.deviceLean * face : device === 'tv' ? 1 - APPEAL.deviceLean * face : 1;
  const hour = Math.floor(atMs / 3_600_000) % 24;
  return onDevice * (hour < 6 ? 1 + APPEAL.nightLean * (artwork.themes[HORROR] ?? 0) : 1);
}

function clip(chance: number): number {
  return Math.min(APPEAL.most, chance);
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let e = 0; e < a.length; e++) sum += a[e]! * b[e]!;
  return sum;
}
