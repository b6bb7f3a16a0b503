import { Type } from '@sinclair/typebox';
import { Router, type Request } from 'express';
import type { CatalogueRow, Member, PutResponse, Title } from '../../client/types.js';
import { AppError, shown } from '../../core/errors.js';
import type { Catalogue, PutOutcome } from '../../features/catalogue.js';
import type { MemberStore } from '../../features/member-store.js';
import { readBody, readLines, requireMediaType } from '../http/bodies.js';
import { MemberSchema, RowSchema, TitleSchema } from '../http/schemas.js';
import { ID_FORMAT, parseJson, validator, type Checked } from '../http/validation.js';

export const NDJSON = 'application/x-ndjson';
/** lines put together into one write, fewer where they are long: all of them together have at most the bytes of one body and one line */
const LINES_AT_ONCE = 500;
/** most rejections kept and listed in one answer: whoever sent more knows their number from `stored` */
const MOST_REJECTIONS = 1000;
export const MOST_LISTED = 1000;

export interface CatalogueRoutes {
  readonly catalogue: Catalogue;
  readonly members: MemberStore;
  readonly bodyLimitBytes: number;
}

/** PUT and GET of titles, rows and members. PUT takes `{titles: […]}`, or one JSON object per line (NDJSON) of any length. */
export function catalogueRouter({ catalogue, members, bodyLimitBytes }: CatalogueRoutes): Router {
  const router = Router();
  const checkTitle = validator(TitleSchema);
  const checkMember = validator(MemberSchema);
  const checkRows = validator(
    Type.Object({ rows: Type.Array(RowSchema, { maxItems: 1000 }) }, { additionalProperties: false }),
  );

  router.put('/v1/titles', async (request, response) => {
    response.json(
      await putBulk<Title>(request, 'titles', checkTitle, bodyLimitBytes, (titles) =>
        catalogue.putTitles(titles),
      ),
    );
  });
  router.put('/v1/members', async (request, response) => {
    response.json(
      await putBulk<Member>(request, 'members', checkMember, bodyLimitBytes, (some) =>
        members.putMembers(some),
      ),
    );
  });
  router.put('/v1/rows', async (request, response) => {
    requireMediaType(request, 'application/json');
    const checked = checkRows(parseJson(await readBody(request, bodyLimitBytes)));
    if (checked.kind === 'invalid') throw checked.error;
    response.json(await catalogue.putRows(checked.value.rows satisfies CatalogueRow[]));
  });

  router.get('/v1/titles', (request, response) => {
    const { limit, after } = paging(request);
    const ids: Title[] = [];
    let started = after === undefined;
    for (const { title } of catalogue.titles) {
      if (started && ids.length < limit) ids.push(title);
      started ||= title.titleId === after;
    }
    response.json({ titles: ids, total: catalogue.titleCount });
  });
  router.get('/v1/titles/:titleId', (request, response) => {
    const found = catalogue.title(request.params.titleId);
    if (!found)
      throw new AppError(
        'catalogue/unknown-title',
        `title ${shown(request.params.titleId)}; expected one that was loaded`,
      );
    response.json(found.title);
  });
  router.get('/v1/rows', (_request, response) => {
    response.json({ rows: catalogue.rows });
  });
  router.get('/v1/members', async (request, response) => {
    response.json({ members: await members.list(paging(request).limit) });
  });
  router.get('/v1/members/:memberId', async (request, response) => {
    const { memberId } = request.params;
    const profile = ID_FORMAT.validate(memberId) ? await members.load(memberId) : undefined;
    if (!profile?.member)
      throw new AppError(
        'request/not-found',
        'that member was never loaded; the service serves unknown members all the same',
      );
    response.json(profile.member);
  });
  return router;
}

function paging(request: Request): { limit: number; after: string | undefined } {
  const limit = Number(request.query['limit'] ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LISTED) {
    throw new AppError(
      'request/invalid',
      `limit is ${shown(request.query['limit'])}; expected a whole number from 1 to ${MOST_LISTED}`,
    );
  }
  const after = request.query['after'];
  return { limit, after: typeof after === 'string' ? after : undefined };
}

async function putBulk<T>(
  request: Request,
  name: string,
  check: (value: unknown) => Checked<T>,
  bodyLimitBytes: number,
  put: (items: readonly T[]) => Promise<PutOutcome>,
): Promise<PutResponse> {
  const total = { stored: 0, rejected: [] as { index: number; code: string; message: string }[] };
  const chunks =
    requireMediaType(request, 'application/json', NDJSON) === NDJSON
      ? linesOf(request, bodyLimitBytes)
      : bodyOf(request, name, bodyLimitBytes);
  const reject = (index: number, code: string, message: string): void => {
    if (total.rejected.length < MOST_REJECTIONS) total.rejected.push({ index, code, message });
  };
  let first = 0;
  for await (const chunk of chunks) {
    const valid: T[] = [];
    const placeOf: number[] = [];
    chunk.forEach((item, i) => {
      const checked = item instanceof AppError ? { kind: 'invalid' as const, error: item } : check(item);
      if (checked.kind === 'invalid') reject(first + i, checked.error.code, checked.error.message);
      else placeOf[valid.push(checked.value) - 1] = first + i;
    });
    const outcome = await put(valid);
    total.stored += outcome.stored;
    for (const { index, code, message } of outcome.rejected) reject(placeOf[index]!, code, message);
    first += chunk.length;
  }
  return total;
}

async function* bodyOf(request: Request, name: string, bodyLimitBytes: number): AsyncIterable<unknown[]> {
  const body = parseJson(await readBody(request, bodyLimitBytes)) as Record<string, unknown> | null;
  const items = body?.[name];
  if (!Array.isArray(items))
    throw new AppError('request/invalid', `${name} is ${shown(items)}; expected a list`);
  yield items;
}

async function* linesOf(request: Request, bodyLimitBytes: number): AsyncIterable<unknown[]> {
  let chunk: unknown[] = [];
  let bytes = 0;
  for await (const line of readLines(request, bodyLimitBytes)) {
    bytes += line.length;
    try {
      chunk.push(parseJson(line));
    } catch (error) {
      chunk.push(error);
    }
    if (chunk.length === LINES_AT_ONCE || bytes >= bodyLimitBytes) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
  }
  if (chunk.length > 0) yield chunk;
}
