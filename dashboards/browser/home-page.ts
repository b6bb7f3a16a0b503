import type { HomeResponse } from '../../client/types.js';
import { requestHome } from './api.js';
import { keepLastMember, lastMember, yourMember } from './home-member.js';
import { homeRows } from './home-rows.js';
import { startImpressions } from './impressions.js';
import { startRowKeyboard } from './keyboard.js';
import { startLiveSection } from './live-section.js';
import { showMember, startMemberPicker } from './member-picker.js';
import { changesSentence } from './page-changes.js';
import { nextPage, reportPlay, type PlayKind } from './plays.js';
import { startThemeToggle } from './theme-toggle.js';
import { toastIn } from './toast.js';
import { startWhyPanel } from './why-panel.js';

function startHome(
  main: HTMLElement,
  container: HTMLElement,
  live: HTMLElement,
  why: HTMLElement,
  toastBox: HTMLElement,
): void {
  const toast = toastIn(toastBox);
  const fault = (error: unknown): void =>
    toast.say('That did not work', (error as Error).message, { fault: true });
  const { country = 'US', language = 'en' } = main.dataset;
  const contextual = JSON.parse(main.dataset['contextualPolicies'] ?? '[]') as readonly string[];
  const ask = (memberId: string): Promise<HomeResponse> =>
    requestHome({ memberId, country, language, device: 'web', explain: true });

  let memberId = '';
  let page: HomeResponse | undefined;
  const impressions = startImpressions(fault);
  const rows = homeRows(container, {
    onAdded: (card) => impressions.watch(card),
    onRemoved: (card) => impressions.unwatch(card),
  });
  const subjectOf = (
    card: Element,
  ): { requestId: string; title: NonNullable<ReturnType<typeof rows.titleOf>> } | undefined => {
    const title = rows.titleOf(card);
    return title === undefined || page === undefined ? undefined : { requestId: page.requestId, title };
  };
  const panel = startWhyPanel(why, container, subjectOf);

  const turnTo = (next: HomeResponse, compare: boolean): string => {
    panel.close();
    page = next;
    main.dataset['requestId'] = next.requestId;
    main.dataset['snapshotVersion'] = String(next.snapshotVersion);
    const changes = rows.show(next, { compare });
    impressions.turnTo(next.token);
    showMember(memberId, next, main);
    return changesSentence(changes);
  };
  const visit = async (id: string, first?: HomeResponse): Promise<void> => {
    container.setAttribute('aria-busy', 'true');
    memberId = id;
    const next = first ?? (await ask(id));
    if (memberId !== id) return; // somebody else was picked meanwhile
    keepLastMember(id);
    turnTo(next, false);
  };
  const beYourself = (): void => {
    yourMember(ask, contextual)
      .then((you) => visit(you.memberId, you.page))
      .catch(fault);
  };
  const play = async (card: HTMLElement, kind: PlayKind): Promise<void> => {
    const subject = subjectOf(card);
    if (subject === undefined || page === undefined || card.classList.contains('playing')) return;
    const { name, slot } = subject.title;
    const before = page;
    card.classList.add('playing');
    const headline = kind === 'watched' ? `You watched ${name}` : `You stopped ${name} after a minute`;
    toast.say(headline, 'Learning from it…', { keep: true });
    try {
      await reportPlay(before, slot, kind, impressions.take(slot));
      const next = await nextPage(before, () => ask(memberId));
      if (page === before) toast.say(headline, learned(before, next, turnTo(next, true)));
    } finally {
      card.classList.remove('playing');
    }
  };

  container.addEventListener('click', (event) => {
    const target = event.target as Element;
    const card = target.closest<HTMLElement>('.card');
    if (card === null) return;
    if (target.closest('.card-why') !== null) panel.pin(card);
    else if (target.closest('.card-short') !== null) play(card, 'stopped').catch(fault);
    else if (target.closest('.card-play') !== null) play(card, 'watched').catch(fault);
  });
  startMemberPicker({
    onMember: (id) => void visit(id).catch(fault),
    onYourself: beYourself,
  });
  startRowKeyboard(container);
  startThemeToggle();
  startLiveSection(live);
  const asked = [main.dataset['memberId'], lastMember(), main.dataset['defaultMemberId']];
  const first = asked.find((id) => id !== undefined && id !== '');
  if (first === undefined) beYourself();
  else visit(first).catch(fault);
}

function learned(before: HomeResponse, after: HomeResponse, changes: string): string {
  if (before.snapshotVersion === after.snapshotVersion) return 'Recorded; the model has not moved yet.';
  return `Learned (model ${before.snapshotVersion} → ${after.snapshotVersion}): ${changes}.`;
}

const element = (id: string): HTMLElement | null => document.getElementById(id);
const parts = [element('main'), element('rows'), element('live'), element('why'), element('toast')] as const;
const [main, container, live, why, toastBox] = parts;
if (main && container && live && why && toastBox) startHome(main, container, live, why, toastBox);
