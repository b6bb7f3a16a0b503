import type { Rng } from '../../core/rng.js';
import { group, n, path, pick, repeat } from './svg.js';

/**
 * Faces cut from paper: a light side, a shadow and hair. Abstract on purpose: they say "a person", never which one, in colours nobody has.
 * Units: the head is about 88 × 112 around (0, 0); shoulders reach to y = 190.
 */
export interface Sitter {
  readonly skin: string;
  readonly shadow: string;
  readonly hair: string;
  readonly clothes: string;
  readonly collar: string;
}

const HEAD = 'M-43 -8C-44 -46 -24 -60 0 -60C24 -60 44 -46 43 -8C42 26 22 60 0 60C-22 60 -42 26 -43 -8Z';
const NECK = 'M-22 36V78Q0 100 22 78V36Z';
const NECK_SHADE = 'M-22 44Q0 76 22 36V74Q8 92 -22 60Z';
const SHOULDERS =
  'M-122 200C-122 128 -84 108 -46 98Q-26 92 -22 76Q0 98 22 76Q26 92 46 98C84 108 122 128 122 200Z';
/** The shaded half of a face lit from the left: brow, socket, nose, lips, chin. */
const FACE_SHADE =
  'M6 -60C30 -58 44 -44 43 -8C42 26 22 60 2 60C6 54 8 50 4 45Q0 42 2 38Q10 37 12 33L4 29Q3 26 5 24Q13 22 11 16Q5 4 5 -8Q12 -14 30 -10Q22 -20 6 -17Z';
const EYE = 'M-31 -5Q-21 -13 -10 -4Q-20 -1 -31 -5Z';
const BROW = 'M-35 -14Q-22 -24 -8 -16L-9 -12Q-22 -18 -34 -11Z';
const LIPS = 'M-14 34Q-6 29 0 32Q6 29 13 34Q4 42 -1 42Q-7 41 -14 34Z';

interface Hair {
  readonly behind: string;
  readonly front: string;
}

const HAIR: readonly Hair[] = [
  // cropped
  {
    behind: '',
    front:
      'M-46 -2C-54 -46 -30 -72 2 -72C36 -72 54 -46 46 -2C44 -18 40 -28 32 -38C10 -32 -16 -32 -32 -38C-40 -28 -44 -18 -46 -2Z',
  },
  // side parting
  {
    behind: '',
    front:
      'M-47 4C-58 -44 -30 -78 12 -74C44 -72 58 -38 47 4C46 -14 40 -28 26 -40C6 -30 -14 -40 -20 -46C-24 -34 -42 -20 -47 4Z',
  },
  // long
  {
    behind:
      'M-48 -10C-56 -60 -26 -78 2 -78C36 -78 58 -56 50 0C52 44 66 84 62 124Q40 132 20 120H-24Q-44 132 -64 122C-66 84 -50 40 -48 -10Z',
    front: 'M-4 -64C-28 -58 -40 -34 -45 6C-54 -40 -38 -76 0 -76C40 -76 54 -40 45 6C40 -34 26 -56 -4 -64Z',
  },
  // bob with a fringe
  {
    behind:
      'M-52 -4C-60 -60 -30 -80 0 -80C36 -80 60 -56 54 0C56 30 54 48 48 60Q34 64 24 56H-28Q-38 64 -50 60C-56 44 -54 20 -52 -4Z',
    front: 'M-46 -6C-50 -50 -28 -72 0 -72C30 -72 50 -50 46 -6C36 -22 18 -28 2 -26C-16 -28 -36 -22 -46 -6Z',
  },
  // curls
  { behind: '', front: curls(13, 46, 19) },
  // full curls
  { behind: curls(15, 62, 26), front: curls(9, 44, 15) },
  // tied up
  {
    behind: 'M0 -108a22 22 0 1 1 -1 0Z',
    front: 'M-46 0C-54 -48 -28 -74 0 -74C30 -74 54 -48 46 0C44 -24 34 -44 4 -50C-30 -46 -42 -24 -46 0Z',
  },
  // swept up
  {
    behind: '',
    front:
      'M-45 0C-54 -30 -46 -60 -22 -66C-6 -90 46 -88 52 -50C54 -32 48 -14 45 0C44 -18 40 -30 30 -40C10 -50 -8 -36 -30 -42C-38 -30 -42 -16 -45 0Z',
  },
  // waves to the shoulder
  {
    behind:
      'M-50 -8C-58 -62 -24 -80 4 -78C40 -76 58 -52 52 -6C60 18 44 30 58 56C60 80 44 92 32 90L26 50H-26L-34 92C-50 90 -62 74 -56 52C-44 30 -58 14 -50 -8Z',
    front: 'M10 -66C-20 -58 -40 -40 -45 8C-56 -36 -40 -76 4 -76C42 -76 54 -36 45 8C44 -26 34 -52 10 -66Z',
  },
  // a hat
  {
    behind: '',
    front: 'M-78 -34Q0 -14 78 -34Q72 -46 46 -50Q46 -92 26 -94Q0 -82 -26 -94Q-46 -92 -46 -50Q-72 -46 -78 -34Z',
  },
];

/** Cropped, parted, curls, swept up: short enough to be anybody's. */
const PLAIN_HAIR: readonly Hair[] = [HAIR[0]!, HAIR[1]!, HAIR[4]!, HAIR[7]!];

const COLLARS: readonly ((sitter: Sitter) => string)[] = [
  ({ collar, skin }) =>
    path('M-30 94L0 164L30 94L22 76Q0 98 -22 76Z', skin) +
    path('M-44 98L-26 84L0 166L-20 180ZM44 98L26 84L0 166L20 180Z', collar),
  ({ collar }) => path('M-36 84Q0 112 36 84L40 104Q0 132 -40 104Z', collar),
  ({ collar }) => path('M-27 58Q0 82 27 58L32 102Q0 122 -32 102Z', collar),
  ({ collar, clothes }) =>
    path('M-30 90L0 122L30 90L36 102L0 146L-36 102Z', '#ffffff') +
    path('M-7 124H7L10 200H-10Z', collar) +
    path('M-44 96L-4 200H-60ZM44 96L4 200H60Z', clothes),
];

export interface BustOptions {
  /** lit from the right instead of the left */
  readonly mirrored: boolean;
  /** `plain` for one named person, of whom hair would say too much; `any` for a crowd */
  readonly hair: 'plain' | 'any';
}

/** Somebody, seeded. */
export function bust(
  rng: Rng,
  x: number,
  y: number,
  scale: number,
  sitter: Sitter,
  options: BustOptions,
): string {
  const { mirrored } = options;
  const hair = pick(rng, options.hair === 'any' ? HAIR : PLAIN_HAIR);
  const collar = pick(rng, COLLARS);
  const flip = mirrored ? -scale : scale;
  return group(
    `translate(${n(x)} ${n(y)}) scale(${Math.round(flip * 100) / 100} ${Math.round(scale * 100) / 100})`,
    hair.behind === '' ? '' : path(hair.behind, sitter.hair),
    path(SHOULDERS, sitter.clothes),
    path(NECK, sitter.skin),
    path(NECK_SHADE, sitter.shadow),
    collar(sitter),
    path(HEAD, sitter.skin),
    path(FACE_SHADE, sitter.shadow),
    path(EYE, sitter.hair),
    path(BROW, sitter.hair),
    path(LIPS, sitter.hair, 0.8),
    path(hair.front, sitter.hair),
  );
}

function curls(count: number, reach: number, r: number): string {
  return repeat(count, (i) => {
    const angle = Math.PI * (0.98 + (1.04 * i) / (count - 1));
    const x = Math.cos(angle) * reach;
    const y = -22 + Math.sin(angle) * (reach - 2);
    return `M${n(x - r)} ${n(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  });
}
