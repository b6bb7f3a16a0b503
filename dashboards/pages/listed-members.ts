import type { ListedMember } from '../deps.js';

/** The first `most` members, taken from the variants in turn, so that each is represented whatever order they come in. */
export function listedMembers(members: readonly ListedMember[], most: number): readonly ListedMember[] {
  const turns = new Map<string | undefined, number>();
  return members
    .map((member) => {
      const turn = turns.get(member.variant) ?? 0;
      turns.set(member.variant, turn + 1);
      return { member, turn };
    })
    .sort((a, b) => a.turn - b.turn)
    .slice(0, most)
    .map(({ member }) => member);
}
