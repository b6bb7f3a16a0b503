import type { ComparedVariant, ListedMember } from '../deps.js';
import { html, type Html } from './html.js';
import { policyLook, policyOfVariant } from './policy-names.js';

function memberName(member: ListedMember): string {
  return member.label ?? member.memberId;
}

const firstLetter = (name: string): string => /./u.exec(name)?.[0] ?? '?';

/** The two strongest declared tastes, for a line under the name. */
function tastes(member: ListedMember): string {
  return Object.entries(member.themes ?? {})
    .filter(([, weight]) => weight > 0)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 2)
    .map(([theme]) => theme)
    .join(', ');
}

function memberOption(member: ListedMember, policyClass: string, current: string | undefined): Html {
  const name = memberName(member);
  return html`<li>
    <a
      class="member-option ${policyClass}"
      href="/?member=${encodeURIComponent(member.memberId)}"
      data-member-id="${member.memberId}"
      data-member-label="${name}"
      ${member.memberId === current ? html` aria-current="true"` : ''}
    >
      <span class="member-face" aria-hidden="true">${firstLetter(name)}</span>
      <span class="member-words"
        ><span class="member-name">${name}</span
        ><span class="member-taste"
          >${member.simulated === true ? 'simulated' : ''}${member.simulated === true && tastes(member) !== '' ? ' · ' : ''}${tastes(member)}</span
        ></span
      >
    </a>
  </li>`;
}

function memberGroups(
  members: readonly ListedMember[],
  variants: readonly ComparedVariant[],
  current: string | undefined,
): Html[] {
  const groups = [
    ...new Set([...variants.map((v) => v.variant as string | undefined), ...members.map((m) => m.variant)]),
  ]
    .map((variant) => ({
      policy: policyOfVariant(variants, variant),
      of: members.filter((m) => m.variant === variant),
    }))
    .filter((group) => group.of.length > 0);
  return groups.map((group) => {
    const look = policyLook(group.policy ?? 'No experiment');
    return html`<section class="member-group ${look.className}" aria-label="Members served by ${look.label}">
      <h3><span class="dot" aria-hidden="true"></span>${look.label}</h3>
      <p>${group.policy === undefined ? 'Always served at random.' : look.meaning}</p>
      <ul>
        ${group.of.map((member) => memberOption(member, look.className, current))}
      </ul>
    </section>`;
  });
}

/**
 * The button and the list of members, grouped by the policy that serves them. Works without script: the list is a native popover and each
 * member is a link.
 */
export function memberPicker(
  members: readonly ListedMember[],
  variants: readonly ComparedVariant[],
  current: string | undefined,
): Html {
  const chosen = members.find((member) => member.memberId === current);
  return html`<button class="member-button" type="button" popovertarget="members" aria-haspopup="dialog">
      <span class="member-face" aria-hidden="true" data-member-face
        >${chosen === undefined ? '?' : firstLetter(memberName(chosen))}</span
      >
      <span class="visually-hidden" data-member-purpose></span
      ><span class="member-words"
        ><span class="member-name" data-member-name
          >${chosen === undefined ? 'Choose a member' : memberName(chosen)}</span
        >
        <span class="member-taste" data-member-policy></span></span
      ><span class="caret" aria-hidden="true"></span>
    </button>
    <div class="members-panel" id="members" popover role="dialog" aria-label="Members">
      <button class="play-yourself" type="button" data-play-yourself>
        <strong>Play one yourself</strong
        ><span>A new member, kept in this browser. Click titles; the page learns what you like.</span>
      </button>
      <div class="member-groups">${memberGroups(members, variants, current)}</div>
    </div>`;
}
