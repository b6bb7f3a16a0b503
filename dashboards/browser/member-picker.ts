import type { HomeResponse } from '../../client/types.js';
import { isYours } from './home-member.js';

interface PolicyLook {
  readonly label: string;
  readonly className: string;
}

interface Choice {
  onMember(memberId: string): void;
  onYourself(): void;
}

const options = (): HTMLAnchorElement[] => [
  ...document.querySelectorAll<HTMLAnchorElement>('[data-member-id].member-option'),
];

/** Picking a member changes the rows in place; the link stays the way without script and for a new tab. */
export function startMemberPicker(choice: Choice): void {
  const panel = document.getElementById('members');
  panel?.addEventListener('click', (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    const target = event.target as Element;
    const option = target.closest<HTMLElement>('.member-option');
    if (option !== null) choice.onMember(option.dataset['memberId'] ?? '');
    else if (target.closest('[data-play-yourself]') !== null) choice.onYourself();
    else return;
    event.preventDefault();
    panel.hidePopover();
  });
}

/** Says in the top bar and in the address whose homepage this is, and which policy serves it. */
export function showMember(memberId: string, page: HomeResponse, main: HTMLElement): void {
  const looks = JSON.parse(main.dataset['policyLooks'] ?? '{}') as Readonly<Record<string, PolicyLook>>;
  const look = looks[page.policy];
  const listed = options().find((option) => option.dataset['memberId'] === memberId);
  const name = isYours(memberId) ? 'You' : (listed?.dataset['memberLabel'] ?? memberId);
  for (const option of options()) {
    if (option === listed) option.setAttribute('aria-current', 'true');
    else option.removeAttribute('aria-current');
  }
  const button = document.querySelector<HTMLElement>('.member-button')!;
  button.className = `member-button ${look?.className ?? 'policy-other'}`;
  button.dataset['policy'] = page.policy;
  button.dataset['variant'] = page.variant;
  button.querySelector('[data-member-face]')!.textContent = /./u.exec(name)?.[0] ?? '?';
  button.querySelector('[data-member-name]')!.textContent = name;
  button.querySelector('[data-member-policy]')!.textContent = look?.label ?? page.policy;
  button.querySelector('[data-member-purpose]')!.textContent = 'Choose another member than ';
  const address = new URL(location.href);
  address.searchParams.set('member', memberId);
  history.replaceState(null, '', address);
}
