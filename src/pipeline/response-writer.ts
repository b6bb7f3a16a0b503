import type { TitleRevision } from '../../features/title-revision.js';
import { fallbackName, type Page } from './page.js';

export interface ResponseHead {
  readonly requestId: string;
  readonly token: string;
  readonly experiment: string;
  readonly variant: string;
  readonly policy: string;
  readonly snapshotVersion: number;
}

/** JSON of a title that is the same in every answer: made once per revision. */
interface Rendered {
  readonly before: string;
  readonly artworks: readonly string[];
}

/**
 * Writes the answer of POST /v1/home (client HomeResponse) by concatenating fragments rendered once per title revision:
 * at 800 titles four times cheaper than building objects for JSON.stringify.
 */
export class ResponseWriter {
  readonly #rendered: (Rendered | undefined)[] = [];

  write(head: ResponseHead, page: Page): string {
    let json = `${JSON.stringify(head).slice(0, -1)},"rows":[`;
    let slot = 0;
    for (let r = 0; r < page.rows.length; r++) {
      const row = page.rows[r]!;
      json += `${r === 0 ? '' : ','}{"rowId":${JSON.stringify(row.rowId)},"name":${JSON.stringify(row.name)},"titles":[`;
      const end = slot + page.rowLengths[r]!;
      for (let first = slot; slot < end; slot++) {
        const rendered = this.#fragments(page.titles[slot]!);
        json += `${slot === first ? '' : ','}{"slot":${slot}${rendered.before}${rendered.artworks[page.arm[slot]!]!}`;
        const fallback = fallbackName(page.flags[slot]!);
        json += fallback === undefined ? '}' : `,"fallback":"${fallback}"}`;
      }
      json += ']}';
    }
    return `${json}]}`;
  }

  #fragments(revision: TitleRevision): Rendered {
    return (this.#rendered[revision.revision] ??= {
      before: `,"titleId":${JSON.stringify(revision.title.titleId)},"name":${JSON.stringify(revision.title.name)}`,
      artworks: revision.title.artworks.map(
        (a) => `,"artworkId":${JSON.stringify(a.artworkId)},"artworkUrl":${JSON.stringify(a.url)}`,
      ),
    });
  }
}
