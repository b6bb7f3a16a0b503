import { setTimeout as wait } from 'node:timers/promises';
import type { Explanation, HomeResponse, Title } from '../../client/types.js';
import { DEMO_THEMES } from '../../demo/catalogue/themes.js';
import type { ServiceConnection } from './service-connection.js';
import type { Books } from './tally.js';

/** A title with one picture, never shown before: one play moves each of them as much as any other. */
export function probeTitles(run: string, count: number): Title[] {
  return Array.from({ length: count }, (_, n) => ({
    titleId: `probe-${run}-${n}`,
    name: `Probe ${n}`,
    themes: { [DEMO_THEMES[0]]: 0.5 },
    artworks: [
      { artworkId: `probe-${run}-${n}`, url: '/artwork/probe.svg', themes: { [DEMO_THEMES[0]]: 0.5 } },
    ],
  }));
}

/** Between two looks at a page. */
const LOOK_MS = 20;
const PATIENCE_MS = 30_000;
/** Before the first: a model that has seen nothing moves by a play as it never will again. */
const WARM_UP_MS = 3_000;
const CALIBRATIONS = 2;
const CALIBRATION_MS = 5_000;
/** Between two probes. */
const REST_MS = 500;
/** Members tried until two are found whose plays and pages go by the same variant. */
const CANDIDATES = 50;
const RANDOM_SLICE = 'random-slice';

/**
 * Event → served model: from sending a play of a picture that nobody has seen until a page decided for another member explains it with a higher mean, by at
 * least half of the least that such a play was seen to give within five seconds, under the same load.
 */
export class FreshnessProbe {
  #next = 0;
  #viewer = '';
  #player = '';

  constructor(
    readonly connection: ServiceConnection,
    readonly books: Books,
    readonly titles: readonly Title[],
  ) {}

  /** One probe after the other until told to stop, or no picture is new any more. */
  async run(signal: AbortSignal): Promise<void> {
    await pause(WARM_UP_MS, signal);
    await this.#findMembers();
    if (this.#player === '') return;
    const rises: number[] = [];
    while (!signal.aborted && this.#next < this.titles.length) {
      const { titleId } = this.titles[this.#next++]!;
      if (rises.length < CALIBRATIONS) {
        const rise = await this.#rise(titleId, signal);
        if (rise > 0) rises.push(rise);
        continue;
      }
      await this.#probe(titleId, Math.min(...rises), signal);
      await pause(REST_MS, signal);
    }
  }

  /** NaN: the service did not answer */
  async #rise(titleId: string, signal: AbortSignal): Promise<number> {
    const before = await this.#mean(titleId);
    await this.#play(titleId);
    await pause(CALIBRATION_MS, signal);
    return (await this.#mean(titleId)) - before;
  }

  async #probe(titleId: string, rise: number, signal: AbortSignal): Promise<void> {
    const goal = (await this.#mean(titleId)) + rise / 2;
    // The service did not answer: there is nothing to compare with.
    if (Number.isNaN(goal)) return;
    const sentAtMs = performance.now();
    await this.#play(titleId);
    while (!signal.aborted) {
      const isFresh = (await this.#mean(titleId)) >= goal;
      const tookMs = performance.now() - sentAtMs;
      if (isFresh) {
        this.books.current.fresh.add(tookMs);
        this.books.current.freshPlays++;
        return;
      }
      if (tookMs > PATIENCE_MS) {
        this.books.current.staleProbes++;
        return;
      }
      await wait(LOOK_MS);
    }
  }

  async #findMembers(): Promise<void> {
    const byVariant = new Map<string, string>();
    for (let n = 0; n < CANDIDATES && this.#player === ''; n++) {
      const memberId = `probe-member-${n}`;
      const variant = (await this.#page(memberId, this.titles[0]!.titleId))?.variant;
      if (variant === undefined || variant === RANDOM_SLICE) continue;
      this.#viewer = byVariant.get(variant) ?? '';
      if (this.#viewer !== '') this.#player = memberId;
      byVariant.set(variant, memberId);
    }
  }

  /** NaN: the service did not answer */
  async #mean(titleId: string): Promise<number> {
    const page = await this.#page(this.#viewer, titleId, true);
    const slot = page?.rows[0]?.titles[0]?.slot;
    if (page === undefined || slot === undefined) return NaN;
    const why = await this.connection.get<Explanation>(`/v1/decisions/${page.requestId}/slots/${slot}`);
    return why.kind === 'answered' ? (why.body.arms[0]?.mean ?? NaN) : NaN;
  }

  async #play(titleId: string): Promise<void> {
    const page = await this.#page(this.#player, titleId);
    const slot = page?.rows[0]?.titles[0]?.slot;
    if (page === undefined || slot === undefined) return;
    const about = { token: page.token, slot };
    const events = [
      { type: 'impression', ...about },
      { type: 'play', ...about, watchedSeconds: 3600, watchedFraction: 1 },
    ];
    await this.connection.post('/v1/events', JSON.stringify({ events }));
  }

  async #page(memberId: string, titleId: string, explain = false): Promise<HomeResponse | undefined> {
    const rows = [{ rowId: 'probe', titleIds: [titleId] }];
    const request = { memberId, country: 'US', language: 'en', device: 'tv', rows, explain };
    const answer = await this.connection.post<HomeResponse>('/v1/home', JSON.stringify(request));
    return answer.kind === 'answered' ? answer.body : undefined;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
