import type { Title } from '../client/types.js';
import { AppError, shown } from '../core/errors.js';
import type { ContextSchema } from './context-vector.js';
import { eligibilityRules } from './eligibility-rules.js';

export interface CatalogueLimits {
  /** at most 200 (MAX_ARMS); default 50 */
  readonly maxArtworksPerTitle: number;
}

/** @throws AppError `catalogue/…` | `request/invalid`, showing what is wrong with the title */
export function checkTitle(
  title: Title,
  schema: ContextSchema,
  { maxArtworksPerTitle }: CatalogueLimits,
): void {
  const { titleId, artworks, defaultArtworkId } = title;
  if (artworks.length > maxArtworksPerTitle) {
    throw new AppError(
      'catalogue/too-many-artworks',
      `title ${shown(titleId)} has ${artworks.length} artworks; expected at most ${maxArtworksPerTitle}`,
    );
  }
  const ids = new Set(artworks.map((a) => a.artworkId));
  if (ids.size !== artworks.length) {
    throw new AppError(
      'catalogue/duplicate-id',
      `title ${shown(titleId)} has an artwork id twice; expected each once`,
    );
  }
  if (defaultArtworkId !== undefined && !ids.has(defaultArtworkId)) {
    throw new AppError(
      'request/invalid',
      `defaultArtworkId is ${shown(defaultArtworkId)}; expected one of the title's artworks`,
    );
  }
  for (const themes of [title.themes, ...artworks.map((a) => a.themes)]) {
    const unknown = Object.keys(themes).find((t) => !schema.themes.includes(t));
    if (unknown !== undefined) {
      throw new AppError(
        'catalogue/unknown-theme',
        `theme ${shown(unknown)} of title ${shown(titleId)}; expected one of ${schema.themes.join(', ')}`,
      );
    }
  }
  try {
    eligibilityRules(title);
  } catch (error) {
    throw new AppError('request/invalid', `title ${shown(titleId)}: ${(error as Error).message}`);
  }
}
