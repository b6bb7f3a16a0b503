interface Survived {
  readonly fault: string;
  readonly pages: number;
  readonly acknowledged: number;
  readonly recoveredMs: number;
  /** of the code that survived it; undefined: from before rounds said it */
  readonly commit?: string;
}

/**
 * What `make proof` keeps of a campaign: a sentence, and a line per fault.
 *
 * @param more starts that were killed, or processes that were started again: named in the head of its column
 */
export function summary<Round extends Survived>(
  rounds: readonly Round[],
  seed: number,
  more: { readonly head: string; readonly of: (round: Round) => number },
): string {
  const sum = (of: (round: Round) => number, some = rounds): number =>
    some.reduce((total, round) => total + of(round), 0);
  const lines = [...new Set(rounds.map(({ fault }) => fault))].sort().map((fault) => {
    const some = rounds.filter((round) => round.fault === fault);
    const recovered = some.map(({ recoveredMs }) => recoveredMs).sort((a, b) => a - b);
    const acknowledged = sum((round) => round.acknowledged, some);
    const median = recovered[Math.floor(recovered.length / 2)]!;
    return `| ${fault} | ${some.length} | ${sum(more.of, some)} | ${acknowledged} | ${median} | ${recovered.at(-1)!} |`;
  });
  const acknowledged = sum((round) => round.acknowledged);
  const commits = new Map<string, number>();
  for (const { commit = 'not known' } of rounds) commits.set(commit, (commits.get(commit) ?? 0) + 1);
  const said = [...commits].map(([commit, count]) => `${commit} (${count} rounds)`).join(', ');
  return [
    `${rounds.length} rounds, seed ${seed}: of ${acknowledged} acknowledged events about ${sum(({ pages }) => pages)} pages none was lost and none counted twice. Commit: ${said}.`,
    '',
    `| fault | rounds | ${more.head} | events acknowledged | recovered and checked after, median ms | most |`,
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
    '',
  ].join('\n');
}
