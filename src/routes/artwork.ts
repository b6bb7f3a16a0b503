import { createHash } from 'node:crypto';
import { Router } from 'express';
import type { Artwork, Title } from '../../client/types.js';
import { AppError, shown } from '../../core/errors.js';
import type { Catalogue } from '../../features/catalogue.js';
import { LRUCache } from 'lru-cache';

export type RenderArtwork = (title: Title, artwork: Artwork) => string;

/**
 * GET /artwork/{artworkId}.svg: pictures that the service draws itself, for titles whose artwork URLs point here. The picture follows from the
 * catalogue alone, so it is cached hard in browsers and checked by ETag.
 */
export function artworkRouter(catalogue: Catalogue, render: RenderArtwork, cacheEntries = 2000): Router {
  const router = Router();
  const drawn = new LRUCache<string, { svg: string; etag: string }>({ max: cacheEntries });
  let byUrl = new Map<string, readonly [Title, Artwork]>();
  let indexedRevision = -1;

  const find = (path: string): readonly [Title, Artwork] | undefined => {
    if (indexedRevision !== catalogue.revisionCount) {
      byUrl = new Map(
        [...catalogue.titles].flatMap(({ title }) =>
          title.artworks.map((a) => [a.url, [title, a] as const] as const),
        ),
      );
      indexedRevision = catalogue.revisionCount;
      drawn.clear();
    }
    return byUrl.get(path);
  };

  router.get('/artwork/:file', (request, response) => {
    const found = find(request.path);
    if (!found)
      throw new AppError(
        'request/not-found',
        `no loaded title has an artwork at ${shown(request.path.slice(0, 100))}`,
      );
    let picture = drawn.get(request.path);
    if (!picture) {
      const svg = render(...found);
      picture = { svg, etag: `"${createHash('sha256').update(svg).digest('base64url').slice(0, 22)}"` };
      drawn.set(request.path, picture);
    }
    response.set({
      'cache-control': 'public, max-age=86400, stale-while-revalidate=604800',
      etag: picture.etag,
    });
    if (request.headers['if-none-match'] === picture.etag) response.status(304).end();
    else response.type('image/svg+xml').send(picture.svg);
  });
  return router;
}
