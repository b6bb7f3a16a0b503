import { escapeXml, n } from './svg.js';

/** A face: a stack that every system can answer, and how wide it is set. */
export interface Typeface {
  readonly family: string;
  readonly weight: number;
  /** of the advance of Arial Bold: what the widest font of the stack needs */
  readonly width: number;
  /** extra space between letters, of the size */
  readonly tracking: number;
  readonly upper: boolean;
  readonly italic?: boolean;
}

const SANS = "'Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif";
const SERIF = "Georgia,'Times New Roman','Liberation Serif',serif";
const CONDENSED =
  "'Arial Narrow','Helvetica Neue Condensed','Liberation Sans Narrow',Arial,'Liberation Sans',sans-serif";

export const TYPEFACES = {
  heavy: { family: SANS, weight: 900, width: 1.05, tracking: -0.01, upper: true },
  sturdy: { family: SANS, weight: 800, width: 1.03, tracking: -0.015, upper: false },
  wide: { family: SANS, weight: 700, width: 1, tracking: 0.09, upper: true },
  narrow: { family: CONDENSED, weight: 700, width: 0.9, tracking: 0.02, upper: true },
  book: { family: SERIF, weight: 700, width: 1.02, tracking: 0, upper: false },
  caps: { family: SERIF, weight: 700, width: 1.02, tracking: 0.06, upper: true },
  script: { family: SERIF, weight: 400, width: 0.98, tracking: 0, upper: false, italic: true },
} as const satisfies Record<string, Typeface>;

/** Where lettering may stand, and how it is aligned in there. */
export interface LetterBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly align: 'start' | 'middle' | 'end';
  /** the block stands at the top or at the bottom of the box */
  readonly stand: 'top' | 'bottom';
  readonly mostSize: number;
  readonly mostLines: number;
}

export interface SetBlock {
  readonly svg: string;
  /** y of its top and bottom, for what stands next to it */
  readonly top: number;
  readonly bottom: number;
}

const LINE_HEIGHT = 1.02;
const MOST_CHARACTERS = 90;

/** Sets text as large as its box allows, on as few lines as make it largest. */
export function setText(text: string, face: Typeface, fill: string, box: LetterBox): SetBlock {
  const shown = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
  const words = (face.upper ? shown.toUpperCase() : shown).split(/\s+/).filter((word) => word !== '');
  const { lines, size } = bestLines(words, face, box);
  const leading = size * LINE_HEIGHT;
  const height = leading * (lines.length - 1) + size;
  const top = box.stand === 'top' ? box.y : box.y + box.height - height;
  const x = box.align === 'start' ? box.x : box.align === 'end' ? box.x + box.width : box.x + box.width / 2;
  const style = `font-family="${face.family}" font-weight="${face.weight}" font-size="${n(size)}" letter-spacing="${n(size * face.tracking)}"`;
  const italic = face.italic === true ? ' font-style="italic"' : '';
  // 0.78: where the baseline of capitals stands in a line that is one size high.
  const spans = lines
    .map((line, i) => `<text x="${n(x)}" y="${n(top + size * 0.78 + i * leading)}">${escapeXml(line)}</text>`)
    .join('');
  return {
    svg: `<g ${style}${italic} text-anchor="${box.align}" fill="${fill}">${spans}</g>`,
    top,
    bottom: top + height,
  };
}

function bestLines(
  words: readonly string[],
  face: Typeface,
  box: LetterBox,
): { lines: readonly string[]; size: number } {
  let best: { lines: readonly string[]; size: number } = { lines: [words.join(' ')], size: 0 };
  for (let count = 1; count <= Math.min(box.mostLines, words.length); count++) {
    const lines = balanced(words, count, face);
    const widest = Math.max(...lines.map((line) => widthOf(line, face)));
    const size = Math.min(box.mostSize, box.width / widest, box.height / (1 + (count - 1) * LINE_HEIGHT));
    // A further line has to pay for itself.
    if (size > best.size * 1.08) best = { lines, size };
  }
  return best;
}

/** Splits words into `count` lines whose widest is as narrow as can be (titles are short: every split is tried). */
function balanced(words: readonly string[], count: number, face: Typeface): readonly string[] {
  if (count === 1) return [words.join(' ')];
  let best: readonly string[] = [];
  let bestWidth = Infinity;
  for (let first = 1; first <= words.length - count + 1; first++) {
    const lines = [words.slice(0, first).join(' '), ...balanced(words.slice(first), count - 1, face)];
    const width = Math.max(...lines.map((line) => widthOf(line, face)));
    if (width < bestWidth) {
      bestWidth = width;
      best = lines;
    }
  }
  return best;
}

/** Width in ems. */
export function widthOf(text: string, face: Typeface): number {
  let width = 0;
  for (const character of text) width += advance(character) * face.width + face.tracking;
  return Math.max(0.3, width - face.tracking);
}

/** Advances of Arial Bold by class of letter, in ems, rounded up; letters of other scripts are taken as full width. */
function advance(character: string): number {
  if (/[ijl'.,:;|!]/.test(character)) return 0.31;
  if (/[ftrI()\s-]/.test(character)) return 0.36;
  if (/[mw]/.test(character)) return 0.86;
  if (/[MW@]/.test(character)) return 0.93;
  if (/[\p{Lu}&]/u.test(character)) return 0.73;
  if (/[\u2E80-\uFFFF]/.test(character)) return 1.02;
  return 0.6;
}
