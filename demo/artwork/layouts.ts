import type { DemoTheme } from '../catalogue/themes.js';
import { TYPEFACES, setText, type LetterBox, type Typeface } from './lettering.js';
import type { PeopleScene } from './scenes/people.js';
import { HEIGHT, WIDTH, n, rect, type Brush } from './svg.js';

interface GenreLettering {
  readonly face: Typeface;
  readonly mostSize: number;
  /** strength of the darkening (or, for dark letters, lightening) behind the lettering */
  readonly scrim: number;
}

const GENRE_LETTERING: Readonly<Record<Exclude<DemoTheme, 'star' | 'ensemble'>, GenreLettering>> = {
  action: { face: { ...TYPEFACES.heavy, italic: true }, mostSize: 76, scrim: 0.75 },
  adventure: { face: TYPEFACES.caps, mostSize: 66, scrim: 0.92 },
  comedy: { face: TYPEFACES.sturdy, mostSize: 78, scrim: 0.8 },
  crime: { face: TYPEFACES.narrow, mostSize: 82, scrim: 0.8 },
  drama: { face: TYPEFACES.book, mostSize: 66, scrim: 0.7 },
  family: { face: TYPEFACES.sturdy, mostSize: 74, scrim: 0.45 },
  horror: { face: TYPEFACES.narrow, mostSize: 88, scrim: 0.85 },
  romance: { face: { ...TYPEFACES.script, weight: 700 }, mostSize: 78, scrim: 0.7 },
  'science-fiction': { face: TYPEFACES.wide, mostSize: 56, scrim: 0.75 },
  thriller: { face: TYPEFACES.heavy, mostSize: 72, scrim: 0.75 },
};

const MARGIN = 28;
/** A little more than half the picture: what the scenes leave free, and a veil where they do not. */
const LETTER_WIDTH = 430;

/** The title at the foot of a genre picture, on the side its scene leaves free. */
export function letterGenre(
  brush: Brush,
  theme: Exclude<DemoTheme, 'star' | 'ensemble'>,
  name: string,
  mirrored: boolean,
): string {
  const { face, mostSize, scrim } = GENRE_LETTERING[theme];
  const box: LetterBox = {
    x: mirrored ? WIDTH - MARGIN - LETTER_WIDTH : MARGIN,
    y: 60,
    width: LETTER_WIDTH,
    height: HEIGHT - 60 - MARGIN,
    align: mirrored ? 'end' : 'start',
    stand: 'bottom',
    mostSize,
    mostLines: 4,
  };
  const set = setText(name, face, brush.palette.letters, box);
  return (
    scrimBehind(brush, mirrored, isDark(brush.palette.letters) ? lightest(brush) : brush.palette.ink, scrim) +
    set.svg
  );
}

/** The actor's name, large; the title under it. */
export function letterStar(actor: string, name: string, scene: PeopleScene): string {
  const title = setText(
    name,
    TYPEFACES.sturdy,
    scene.letters,
    box({ y: 262, height: 70, width: 290, mostSize: 27, mostLines: 2 }),
  );
  const star = setText(
    actor,
    TYPEFACES.heavy,
    scene.letters,
    box({ y: 24, height: title.top - 24 - 26, width: 318, mostSize: 84, mostLines: 3 }),
  );
  return star.svg + rect(MARGIN, title.top - 15, 64, 5, scene.letters, 0.85) + title.svg;
}

/** The title on a band under everybody, their family names above it. */
export function letterEnsemble(name: string, cast: readonly string[], scene: PeopleScene): string {
  const names = cast
    .slice(0, 5)
    .map((actor) => actor.split(' ').at(-1) ?? actor)
    .join(' · ');
  const whole = { x: MARGIN, width: WIDTH - 2 * MARGIN, align: 'middle', stand: 'top' } as const;
  const credits = setText(names, TYPEFACES.wide, scene.letters, {
    ...whole,
    y: 273,
    height: 16,
    mostSize: 15,
    mostLines: 1,
  });
  const title = setText(name, TYPEFACES.heavy, scene.letters, {
    ...whole,
    y: 297,
    height: 52,
    mostSize: 46,
    mostLines: 2,
  });
  return credits.svg + title.svg;
}

/** The title, light and wide, in the middle of the air. */
export function letterMood(brush: Brush, name: string): string {
  const face: Typeface = { ...TYPEFACES.wide, weight: 400, tracking: 0.18 };
  const set = setText(name, face, '#ffffff', {
    x: 60,
    y: 190,
    width: WIDTH - 120,
    height: 112,
    align: 'middle',
    stand: 'top',
    mostSize: 44,
    mostLines: 3,
  });
  const id = brush.id('m');
  const shade = `<defs><linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${brush.palette.ink}" stop-opacity="0"/><stop offset="0.55" stop-color="${brush.palette.ink}" stop-opacity="0.55"/><stop offset="1" stop-color="${brush.palette.ink}" stop-opacity="0.7"/></linearGradient></defs>`;
  return `${shade}<rect y="${n(110)}" width="${WIDTH}" height="${HEIGHT - 110}" fill="url(#${id})"/>${set.svg}`;
}

function box(part: Pick<LetterBox, 'y' | 'height' | 'width' | 'mostSize' | 'mostLines'>): LetterBox {
  return { x: MARGIN, align: 'start', stand: 'bottom', ...part };
}

/** A veil from the lettering's corner, so that every title is read on every scene. */
function scrimBehind(brush: Brush, mirrored: boolean, colour: string, strength: number): string {
  const id = brush.id('v');
  const x = mirrored ? 0.94 : 0.06;
  return (
    `<defs><radialGradient id="${id}" cx="${x}" cy="1" r="0.86"><stop offset="0" stop-color="${colour}" stop-opacity="${strength}"/>` +
    `<stop offset="0.6" stop-color="${colour}" stop-opacity="${n(strength * 0.75)}"/><stop offset="1" stop-color="${colour}" stop-opacity="0"/></radialGradient></defs>` +
    rect(0, 0, WIDTH, HEIGHT, `url(#${id})`)
  );
}

function lightest(brush: Brush): string {
  return isDark(brush.palette.near) ? brush.palette.light : brush.palette.near;
}

/** By relative luminance, roughly: enough to tell ink from paper. */
function isDark(hex: string): boolean {
  const value = Number.parseInt(hex.slice(1), 16);
  return 0.3 * (value >> 16) + 0.59 * ((value >> 8) & 255) + 0.11 * (value & 255) < 110;
}
