import { setTimeout as delay } from 'node:timers/promises';
import type { EventReport, HomeRequest, HomeResponse } from '../client/types.js';
import { seededRng, type Rng } from '../core/rng.js';
import type { BenchService } from './service.js';
import { DEFAULT_THEMES } from '../features/default-themes.js';
import {
  FULL_PAGE,
  syntheticCatalogue,
  syntheticMembers,
  type CatalogueSize,
} from './synthetic-catalogue.js';

/** What the targets are stated for: d = 32. */
export const THEMES: readonly string[] = DEFAULT_THEMES;

export const MEMBERS = 1000;
export const TITLES_OF_ONE_ROW = 40;

export function homeRequest(member: number, titleIds?: readonly string[]): HomeRequest {
  const request = {
    memberId: `member-${member % MEMBERS}`,
    country: 'US',
    language: 'en',
    device: 'tv',
  } as const;
  return titleIds === undefined ? request : { ...request, rows: [{ rowId: 'one-row', titleIds }] };
}

/** Catalogue, members, and enough history that no model is an empty one: by default 60 full pages seen, one title in ten played. */
export async function furnish(
  service: BenchService,
  options: { size?: CatalogueSize; pagesSeen?: number } = {},
): Promise<void> {
  const rng = seededRng(20_240);
  const { titles, rows } = syntheticCatalogue(options.size ?? FULL_PAGE, THEMES, rng);
  await service.put('titles', titles);
  await service.put('rows', rows);
  await service.put('members', syntheticMembers(MEMBERS, THEMES, rng));
  for (let i = 0; i < (options.pagesSeen ?? 60); i++) {
    const events = eventsOfPage(await service.home(homeRequest(i)), rng);
    for (let at = 0; at < events.length; at += 500) await service.events(events.slice(at, at + 500));
  }
  await settled(service);
}

/** Every title of a page seen, one in ten played for an hour. */
export function eventsOfPage(page: HomeResponse, rng: Rng): EventReport[] {
  return page.rows
    .flatMap((row) => row.titles)
    .flatMap(({ slot }): EventReport[] => {
      const seen: EventReport = { type: 'impression', token: page.token, slot };
      return rng.uniform() < 0.1
        ? [seen, { type: 'play', token: page.token, slot, watchedSeconds: 3600, watchedFraction: 0.9 }]
        : [seen];
    });
}

/** Waits until the served model has stopped moving for `quietMs`; gives up after a minute, which a busy learner may need. */
export async function settled(service: BenchService, quietMs = 3000): Promise<void> {
  const deadline = performance.now() + 60_000;
  let version = -1;
  let since = performance.now();
  while (performance.now() - since < quietMs && performance.now() < deadline) {
    const { snapshotVersion } = await service.home(homeRequest(0, ['title-0']));
    if (snapshotVersion !== version) {
      version = snapshotVersion;
      since = performance.now();
    }
    await delay(100);
  }
}
