import type { Title } from '../../client/types.js';
import { seededRng } from '../../core/rng.js';
import type { PagePosition } from './appeal.js';
import type { World } from './world.js';

/** What is true of a world, computed from its own chances on pages in the catalogue's order. Good plays per displayed title. */
export interface WorldDescription {
  readonly members: number;
  readonly titles: number;
  readonly artworks: number;
  /** displays averaged over */
  readonly displays: number;
  /** every artwork equally often */
  readonly uniform: number;
  /** per title, the artwork that is best on average over these displays */
  readonly bestForEveryone: number;
  /** per display, the artwork that is best for that member */
  readonly bestPerMember: number;
  /** share of displays on which the best artwork for everyone is not the best for the member */
  readonly otherBestShare: number;
  /** titles that take 80 % of the displays */
  readonly titlesOfMostDisplays: number;
}

export interface DescribedWorld {
  readonly world: World;
  readonly titles: readonly Title[];
}

interface Display {
  readonly titleId: string;
  readonly expected: Float64Array;
}

/**
 * @param visits pages to average over; default 4,000 (about 60,000 displays)
 */
export function describeWorld({ world, titles }: DescribedWorld, visits = 4000): WorldDescription {
  const displays = displaysOf(world, visits);
  const best = bestArms(displays);
  const sum = { uniform: 0, everyone: 0, member: 0, other: 0 };
  for (const { titleId, expected } of displays) {
    const most = Math.max(...expected);
    const everyone = expected[best.get(titleId)!]!;
    sum.uniform += expected.reduce((a, b) => a + b, 0) / expected.length;
    sum.everyone += everyone;
    sum.member += most;
    if (everyone < most) sum.other++;
  }
  return {
    members: world.members.length,
    titles: titles.length,
    artworks: titles.reduce((n, t) => n + t.artworks.length, 0),
    displays: displays.length,
    uniform: sum.uniform / displays.length,
    bestForEveryone: sum.everyone / displays.length,
    bestPerMember: sum.member / displays.length,
    otherBestShare: sum.other / displays.length,
    titlesOfMostDisplays: titlesOfShare(displays, 0.8),
  };
}

/** The first titles of each asked row, as many as a visit displays, in the order they were asked for. */
function displaysOf(world: World, visits: number): readonly Display[] {
  const displays: Display[] = [];
  const source = world.visits(seededRng(1).fork('description'));
  for (let v = 0; v < visits; v++) {
    const visit = source.next().value;
    const sights = visit.rows.flatMap(({ titleIds }, row) =>
      titleIds.slice(0, 5).map((titleId, column): { titleId: string; position: PagePosition } => ({
        titleId,
        position: { row, column },
      })),
    );
    for (const sight of sights.slice(0, visit.impressions)) {
      const { memberId, device, atMs } = visit;
      displays.push({ titleId: sight.titleId, expected: world.truth({ ...sight, memberId, device, atMs }) });
    }
  }
  return displays;
}

function bestArms(displays: readonly Display[]): ReadonlyMap<string, number> {
  const sums = new Map<string, Float64Array>();
  for (const { titleId, expected } of displays) {
    const total = sums.get(titleId) ?? new Float64Array(expected.length);
    expected.forEach((value, arm) => (total[arm]! += value));
    sums.set(titleId, total);
  }
  return new Map([...sums].map(([titleId, total]) => [titleId, total.indexOf(Math.max(...total))]));
}

function titlesOfShare(displays: readonly Display[], share: number): number {
  const counts = new Map<string, number>();
  for (const { titleId } of displays) counts.set(titleId, (counts.get(titleId) ?? 0) + 1);
  const order = [...counts.values()].sort((a, b) => b - a);
  let seen = 0;
  return 1 + order.findIndex((count) => (seen += count) >= share * displays.length);
}
