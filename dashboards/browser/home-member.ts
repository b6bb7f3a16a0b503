import type { HomeResponse } from '../../client/types.js';

const YOU = 'marquee-you';
const LAST = 'marquee-member';
const TRIES = 12;

const kept = (key: string): string | undefined => {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined; // storage is switched off: nothing is kept between visits
  }
};
const keep = (key: string, value: string): void => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // as above
  }
};

/** The member of this browser, made on the first ask. */
export interface YourMember {
  readonly memberId: string;
  /** its first page, when it was made just now */
  readonly page?: HomeResponse;
}

/**
 * A member of your own, kept in this browser. New ids are tried until the experiment puts one into a variant that reads who the member is
 * (each id is assigned by a hash, so this chooses whom you play, not what they get); the last one stands if none does.
 */
export async function yourMember(
  ask: (memberId: string) => Promise<HomeResponse>,
  contextualPolicies: readonly string[],
): Promise<YourMember> {
  const known = kept(YOU);
  if (known !== undefined) return { memberId: known };
  let you: YourMember | undefined;
  for (let tried = 0; tried < TRIES; tried++) {
    const memberId = `you-${crypto.randomUUID()}`;
    const page = await ask(memberId);
    you = { memberId, page };
    if (contextualPolicies.includes(page.policy)) break;
  }
  if (you === undefined) throw new Error('no member could be made');
  keep(YOU, you.memberId);
  return you;
}

export const isYours = (memberId: string): boolean => memberId.startsWith('you-');
export const lastMember = (): string | undefined => kept(LAST);
export const keepLastMember = (memberId: string): void => keep(LAST, memberId);
