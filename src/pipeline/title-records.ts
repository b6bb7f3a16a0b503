import { SlateRecord, type Kernels } from '../../bandit/index.js';
import type { TitleRevision } from '../../features/title-revision.js';

/** What kernels read of one revision of a title. */
export interface TitleRecord {
  readonly revision: number;
  /** its artworks; undefined: it has none */
  readonly artworks: SlateRecord | undefined;
  /** the title itself, one arm of the title-order model */
  readonly title: SlateRecord;
}

/** Records of titles, made when first shown and again when a title has changed: one revision of each is kept. */
export class TitleRecords {
  readonly #byTitle: (TitleRecord | undefined)[] = [];

  constructor(readonly kernels: Kernels) {}

  of(title: TitleRevision): TitleRecord {
    const held = this.#byTitle[title.titleRow];
    if (held?.revision === title.revision) return held;
    return (this.#byTitle[title.titleRow] = this.#made(title));
  }

  #made(title: TitleRevision): TitleRecord {
    const { kernels } = this;
    const { artworkRows, artworkHashes, artworkVectors, titleRow, titleHash, titleVector } = title;
    return {
      revision: title.revision,
      artworks:
        artworkRows.length > 0
          ? new SlateRecord(kernels, artworkRows, artworkHashes, artworkVectors)
          : undefined,
      title: new SlateRecord(kernels, Int32Array.of(titleRow), Uint32Array.of(titleHash), titleVector),
    };
  }
}
