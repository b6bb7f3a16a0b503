import type { DemoTheme } from '../catalogue/themes.js';

/** Colours of one picture. */
export interface Palette {
  /** background, far to near */
  readonly far: string;
  readonly near: string;
  /** the strongest light */
  readonly light: string;
  /** the colour one remembers */
  readonly accent: string;
  readonly mid: string;
  /** silhouettes */
  readonly ink: string;
  /** lettering */
  readonly letters: string;
}

const palette = (
  far: string,
  near: string,
  light: string,
  accent: string,
  mid: string,
  ink: string,
  letters: string,
): Palette => ({
  far,
  near,
  light,
  accent,
  mid,
  ink,
  letters,
});

/** A few per theme: near relatives, so that the theme is known by its colours and two of its posters still differ. */
export const PALETTES: Readonly<Record<Exclude<DemoTheme, 'star' | 'ensemble'>, readonly Palette[]>> = {
  action: [
    palette('#ffb400', '#f0431c', '#fff3b0', '#ff7a00', '#b3200f', '#1a0b0a', '#ffffff'),
    palette('#ff5e3a', '#8e0f2a', '#ffe066', '#ffb300', '#c81d25', '#16060c', '#fff7e0'),
    palette('#ffd23f', '#ee4266', '#fffbe0', '#ff8c42', '#9b1d4a', '#1d0a19', '#ffffff'),
  ],
  adventure: [
    palette('#ffd98a', '#f08a4b', '#fff4cf', '#e4572e', '#2e7f79', '#123c45', '#fffaf0'),
    palette('#9fe3e0', '#3d9fb0', '#fff6d6', '#ffb347', '#1f6f6b', '#0e3440', '#ffffff'),
    palette('#f7c59f', '#d1603d', '#fff1d6', '#ffd166', '#6b4e71', '#2c1e3d', '#fff8ea'),
  ],
  comedy: [
    palette('#ffd400', '#ffd400', '#ffffff', '#ff3d7f', '#00b8d9', '#20124d', '#20124d'),
    palette('#ff7eb6', '#ff7eb6', '#ffffff', '#ffe14d', '#3ddc97', '#3a0f4f', '#3a0f4f'),
    palette('#2fd4c4', '#2fd4c4', '#ffffff', '#ff5a5f', '#ffd94a', '#12305c', '#12305c'),
    palette('#ff9f1c', '#ff9f1c', '#ffffff', '#2ec4b6', '#e71d36', '#2b1245', '#2b1245'),
  ],
  crime: [
    palette('#2b3440', '#12161d', '#f2d492', '#e0a458', '#46515f', '#07090c', '#f6ead2'),
    palette('#3a3a44', '#131318', '#ffd166', '#d1495b', '#55555f', '#08080b', '#f7f3e8'),
    palette('#26424a', '#0d1a1f', '#f4e4a6', '#d9a441', '#3f5e66', '#050c0f', '#f5efdc'),
  ],
  drama: [
    palette('#b9a48c', '#5b4a42', '#fbe9c6', '#d98f4e', '#8a7362', '#1f1815', '#fff8ea'),
    palette('#8fa3b5', '#36475a', '#f6efe0', '#c98b5b', '#5f7488', '#131b24', '#ffffff'),
    palette('#c9b6a0', '#7a5548', '#fff0d2', '#b5543a', '#9a7a68', '#241410', '#fffaf0'),
  ],
  family: [
    palette('#bfe9ff', '#fff1c9', '#ffffff', '#ff7b6b', '#6cc27a', '#2a6f7f', '#1f4e68'),
    palette('#ffd9e8', '#fff3d6', '#ffffff', '#ff8fab', '#7fc9b8', '#5c5f9a', '#47407f'),
    palette('#d7f2c8', '#fffbe0', '#ffffff', '#ffb84c', '#58b48a', '#2f6f5e', '#245548'),
  ],
  horror: [
    palette('#2a0508', '#060203', '#ff3b30', '#c1121f', '#5a0a10', '#020001', '#ffe2da'),
    palette('#3b0a0a', '#0a0404', '#ffd9c7', '#b00020', '#661414', '#030101', '#f9e7df'),
    palette('#190a16', '#050205', '#ff2e4c', '#a80f2c', '#3d1026', '#010001', '#ffdfe4'),
  ],
  romance: [
    palette('#ffd1b3', '#f25c66', '#fff1df', '#ffb199', '#c22f56', '#6b1239', '#fff6ee'),
    palette('#ffc2c7', '#d9487d', '#ffeef0', '#ff9eaa', '#a92a66', '#561041', '#fff4f6'),
    palette('#ffdca8', '#ee7752', '#fff5dd', '#ffc36b', '#c4443f', '#6d1a2d', '#fff8ec'),
  ],
  'science-fiction': [
    palette('#050b2e', '#2b2a7c', '#e6fbff', '#35e0ff', '#6a4bdc', '#020414', '#eafcff'),
    palette('#04121f', '#0d4f6b', '#e9fff8', '#2bffc6', '#1886a0', '#010810', '#ecfffa'),
    palette('#140a2e', '#6d1f7d', '#fff0fb', '#ff5fd2', '#8f3fd0', '#07031a', '#fff0fb'),
  ],
  thriller: [
    palette('#0f3a44', '#04141a', '#e8f1e4', '#f4b942', '#1f6573', '#01080b', '#f2f6ee'),
    palette('#e9e3d5', '#cfc7b6', '#ffffff', '#e4321b', '#8c8676', '#141312', '#141312'),
    palette('#f2b705', '#e39a00', '#fff3c4', '#141414', '#b87700', '#100c02', '#100c02'),
  ],
};
