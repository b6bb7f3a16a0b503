import { sharedKernels, type Kernels } from '../../bandit/index.js';
import type { TitleRevision } from '../../features/title-revision.js';
import { fallbackName, type Page } from './page.js';
import { TextBlock, TextJoiner } from './text-joiner.js';

export interface ResponseHead {
  readonly requestId: string;
  readonly token: string;
  readonly experiment: string;
  readonly variant: string;
  readonly policy: string;
  readonly snapshotVersion: number;
}

/** JSON of a title that is the same in every answer: text 0 what comes before the artwork, text 1 + a its artwork a, with the closing brace. */
interface Rendered {
  readonly revision: number;
  readonly texts: TextBlock;
}

/** Slot numbers rendered at once. */
const SLOTS_PER_BLOCK = 256;

/**
 * Writes the answer of POST /v1/home (client HomeResponse) as UTF-8, by joining texts rendered once per title revision: building objects for JSON.stringify costs more than
 * deciding the page, and so does a string that is encoded afterwards.
 */
export class ResponseWriter {
  readonly #kernels: Kernels;
  readonly #joiner: TextJoiner;
  readonly #byTitle: (Rendered | undefined)[] = [];
  /** text 2i: the beginning of a row's first slot i, text 2i + 1: of a later one */
  readonly #slots: TextBlock[] = [];

  constructor(kernels = sharedKernels()) {
    this.#kernels = kernels;
    this.#joiner = new TextJoiner(kernels);
  }

  /** @returns a buffer of its own: it may be sent while the next answer is written */
  write(head: ResponseHead, page: Page): Buffer {
    const joiner = this.#joiner;
    joiner.clear();
    joiner.addText(`${JSON.stringify(head).slice(0, -1)},"rows":[`);
    let slot = 0;
    for (let r = 0; r < page.rows.length; r++) {
      const { rowId, name } = page.rows[r]!;
      joiner.addText(
        `${r === 0 ? '' : ']},'}{"rowId":${JSON.stringify(rowId)},"name":${JSON.stringify(name)},"titles":[`,
      );
      const end = slot + page.rowLengths[r]!;
      for (let first = slot; slot < end; slot++) this.#addSlot(slot, slot === first, page);
    }
    joiner.addText(page.rows.length === 0 ? ']}' : ']}]}');
    return joiner.joined();
  }

  #addSlot(slot: number, isFirst: boolean, page: Page): void {
    const joiner = this.#joiner;
    const texts = this.#texts(page.titles[slot]!);
    joiner.add(this.#slotTexts(slot), 2 * (slot % SLOTS_PER_BLOCK) + (isFirst ? 0 : 1));
    joiner.add(texts, 0);
    const artwork = 1 + page.arm[slot]!;
    const fallback = fallbackName(page.flags[slot]!);
    joiner.add(texts, artwork, fallback === undefined ? 0 : 1);
    if (fallback !== undefined) joiner.addText(`,"fallback":"${fallback}"}`);
  }

  #slotTexts(slot: number): TextBlock {
    const block = Math.floor(slot / SLOTS_PER_BLOCK);
    return (this.#slots[block] ??= new TextBlock(
      this.#kernels,
      Array.from({ length: SLOTS_PER_BLOCK }, (_, i) => `{"slot":${block * SLOTS_PER_BLOCK + i}`).flatMap(
        (text) => [text, `,${text}`],
      ),
    ));
  }

  #texts(title: TitleRevision): TextBlock {
    const held = this.#byTitle[title.titleRow];
    if (held?.revision === title.revision) return held.texts;
    const { titleId, name, artworks } = title.title;
    const texts = new TextBlock(this.#kernels, [
      `,"titleId":${JSON.stringify(titleId)},"name":${JSON.stringify(name)}`,
      ...artworks.map(
        ({ artworkId, url }) =>
          `,"artworkId":${JSON.stringify(artworkId)},"artworkUrl":${JSON.stringify(url)}}`,
      ),
    ]);
    this.#byTitle[title.titleRow] = { revision: title.revision, texts };
    return texts;
  }
}
