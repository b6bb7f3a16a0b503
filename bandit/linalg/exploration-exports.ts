/** What assembly/thompson.ts, draw.ts and generator.ts export: pointers are byte addresses. */
export interface ExplorationExports {
  thompsonSlates(
    tables: number,
    scratch: number,
    starts: number,
    slates: number,
    means: number,
    deviations: number,
    floor: number,
    out: number,
  ): number;
  thompsonSlate(
    tables: number,
    scratch: number,
    means: number,
    deviations: number,
    size: number,
    floor: number,
    out: number,
  ): number;
  squareCbSlates(
    starts: number,
    slates: number,
    scores: number,
    gammas: number,
    floor: number,
    out: number,
  ): number;
  chooseSlates(
    starts: number,
    slates: number,
    propensities: number,
    keyA: number,
    keyB: number,
    titleHashes: number,
    artworkHashes: number,
    scratch: number,
    chosen: number,
  ): void;
  fillPairs(
    seedLow: number,
    seedHigh: number,
    first: number,
    count: number,
    normal: boolean,
    out: number,
  ): void;
}
