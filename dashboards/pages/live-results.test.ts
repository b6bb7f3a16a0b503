import { describe, expect, it } from 'vitest';
import type { Title } from '../../client/types.js';
import type { ArtworkCount, OutcomeQueries } from '../queries/outcome-queries.js';
import { listedMembers } from './listed-members.js';
import { liveResults, type LiveResults } from './live-results.js';

const variants = [{ variant: 'v', policy: 'uniform' }];

function answering(counts: readonly ArtworkCount[]): OutcomeQueries {
  return {
    observedPeriod: () => Promise.resolve({ firstAtMs: 0, lastAtMs: 9_999, storedRows: 1 }),
    takeFractionOverTime: () => Promise.resolve([{ variant: 'v', history: [] }]),
    mostDisplayedTitles: () => Promise.resolve([{ titleId: 't', impressions: 1 }]),
    artworkShareOverTime: () => Promise.resolve(counts),
  };
}

function titleWith(artworks: number): Title {
  return {
    titleId: 't',
    name: 'T',
    themes: {},
    artworks: Array.from({ length: artworks }, (_, a) => ({
      artworkId: `a${a}`,
      url: `/a${a}.svg`,
      themes: {},
    })),
  };
}

function resultsOf(
  title: Title | undefined,
  counts: readonly ArtworkCount[],
  titleId?: string,
): Promise<LiveResults> {
  return liveResults({
    deps: {
      home: { experiment: 'home', variants, listMembers: () => Promise.resolve([]) },
      title: (id) => Promise.resolve(id === title?.titleId ? title : undefined),
    },
    queries: answering(counts),
    confidence: 0.95,
    size: 'wide',
    titleId,
  });
}

const counted = (bucket: number, artworkId: string, impressions: number): ArtworkCount => ({
  variant: 'v',
  bucket,
  artworkId,
  impressions,
});

describe('liveResults', () => {
  it('keeps the most displayed pictures of a title with many, in the catalogue’s order, and counts the others together', async () => {
    const counts = Array.from({ length: 20 }, (_, a) => counted(0, `a${a}`, a + 1));
    const { share } = await resultsOf(titleWith(20), counts);
    expect(share!.artworks.map((artwork) => artwork.label)).toEqual([
      'a13',
      'a14',
      'a15',
      'a16',
      'a17',
      'a18',
      'a19',
      '13 others',
    ]);
    // 1 + 2 + … + 13 impressions of the others; nothing is lost.
    const displayed = [...share!.shares[0]!.points[0]!.counts.values()];
    expect(displayed).toContain(91);
    expect(displayed.reduce((a, b) => a + b)).toBe(210);
  });

  it('shows what was displayed even when the catalogue no longer has it', async () => {
    const { share } = await resultsOf(undefined, [counted(0, 'gone', 3), counted(1, 'gone', 4)]);
    expect(share).toMatchObject({ titleName: 't', artworks: [{ artworkId: 'gone', url: undefined }] });
    expect(share!.shares[0]!.points).toHaveLength(2);
  });

  it('offers the title that was asked for even when it is not among the most displayed', async () => {
    const { share } = await resultsOf(titleWith(2), [], 'rare');
    expect(share!.choices.map((choice) => choice.titleId)).toEqual(['rare', 't']);
    expect(share!.titleId).toBe('rare');
  });
});

describe('listedMembers', () => {
  it('takes the variants in turn', () => {
    const members = ['a1 a', 'a2 a', 'a3 a', 'b1 b', 'n1'].map((text) => {
      const [memberId, variant] = text.split(' ');
      return { memberId: memberId!, ...(variant === undefined ? {} : { variant }) };
    });
    expect(listedMembers(members, 4).map((member) => member.memberId)).toEqual(['a1', 'b1', 'n1', 'a2']);
  });
});
