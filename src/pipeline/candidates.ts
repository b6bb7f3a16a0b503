import type { HomeRequest } from '../../client/types.js';
import { AppError } from '../../core/errors.js';
import { hashString } from '../../core/hash.js';
import type { Catalogue } from '../../features/catalogue.js';
import type { TitleRevision } from '../../features/title-revision.js';

/** One row before anything is decided: its candidates in the order given. */
export interface CandidateRow {
  readonly rowId: string;
  readonly name: string;
  readonly rowHash: number;
  readonly titles: readonly TitleRevision[];
}

export interface CandidateLimits {
  readonly maxRows: number;
  readonly maxTitlesPerRow: number;
}

/** Candidate source: the rows of the request, else the catalogue's. Titles nobody has loaded are left out and counted. */
export interface CandidateSource {
  rowsFor(request: HomeRequest): { readonly rows: readonly CandidateRow[]; readonly unknownTitles: number };
}

export function candidateSource(catalogue: Catalogue, limits: CandidateLimits): CandidateSource {
  let resolvedFrom: unknown;
  let resolvedAtRevision = -1;
  let resolved: readonly CandidateRow[] = [];

  const resolve = (row: { rowId: string; name?: string; titleIds: readonly string[] }): CandidateRow => ({
    rowId: row.rowId,
    name: row.name ?? row.rowId,
    rowHash: hashString(row.rowId),
    titles: row.titleIds.slice(0, limits.maxTitlesPerRow).flatMap((id) => catalogue.title(id) ?? []),
  });

  /** The catalogue's rows change only when rows or titles are loaded: they are resolved once until then. */
  const catalogueRows = (): readonly CandidateRow[] => {
    if (resolvedFrom !== catalogue.rows || resolvedAtRevision !== catalogue.revisionCount) {
      resolved = catalogue.rows.slice(0, limits.maxRows).map(resolve);
      resolvedFrom = catalogue.rows;
      resolvedAtRevision = catalogue.revisionCount;
    }
    return resolved;
  };

  return {
    rowsFor(request) {
      if (request.rows === undefined) return { rows: catalogueRows(), unknownTitles: 0 };
      if (request.rows.length > limits.maxRows) {
        throw new AppError(
          'request/invalid',
          `rows has ${request.rows.length} entries; expected at most ${limits.maxRows}`,
        );
      }
      let unknownTitles = 0;
      const rows = request.rows.map((row) => {
        if (row.titleIds.length > limits.maxTitlesPerRow) {
          throw new AppError(
            'request/invalid',
            `a row has ${row.titleIds.length} titles; expected at most ${limits.maxTitlesPerRow}`,
          );
        }
        const known = resolve(row);
        unknownTitles += row.titleIds.length - known.titles.length;
        return known;
      });
      return { rows, unknownTitles };
    },
  };
}
