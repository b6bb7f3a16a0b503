/** What assembly/slates.ts exports: pointers are byte addresses. */
export interface SlateExports {
  expandSlates(
    records: number,
    slates: number,
    member: number,
    size: number,
    head: number,
    headLength: number,
    rows: number,
    hashes: number,
    contexts: number,
  ): void;
  sumsOfSlates(table: number, at: number, starts: number, slates: number, rows: number, out: number): void;
  joinBytes(pieces: number, count: number, out: number): number;
}
