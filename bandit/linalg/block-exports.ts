/** What assembly/blocks.ts exports: pointers are byte addresses. */
export interface BlockExports {
  blockScores(kind: number, query: number, block: number, count: number, length: number, out: number): void;
  blockGradients(
    kind: number,
    query: number,
    block: number,
    count: number,
    length: number,
    weights: number,
    queryGradient: number,
    blockGradient: number,
  ): void;
  adagradStep(values: number, squares: number, gradient: number, length: number, rate: number): void;
  blockDotsInt8(
    query: number,
    block: number,
    count: number,
    length: number,
    scales: number,
    scale: number,
    out: number,
  ): void;
}
