import { lastMember } from './home-member.js';
import { HomeSession } from './home-session.js';
import { startRowKeyboard } from './keyboard.js';
import { startLiveSection } from './live-section.js';
import { startMemberPicker } from './member-picker.js';
import { startThemeToggle } from './theme-toggle.js';
import { toastIn } from './toast.js';

function startHome(main: HTMLElement, rows: HTMLElement, why: HTMLElement, toastBox: HTMLElement): void {
  const session = new HomeSession({ main, rows, why, toast: toastIn(toastBox) });
  rows.addEventListener('click', (event) => {
    const target = event.target as Element;
    const card = target.closest<HTMLElement>('.card');
    if (card === null) return;
    if (target.closest('.card-why') !== null) session.explain(card);
    else if (target.closest('.card-short') !== null) session.play(card, 'stopped');
    else if (target.closest('.card-play') !== null) session.play(card, 'watched');
  });
  startMemberPicker({
    onMember: (memberId) => session.visit(memberId),
    onYourself: () => session.beYourself(),
  });
  startRowKeyboard(rows);
  const asked = [main.dataset['memberId'], lastMember(), main.dataset['defaultMemberId']];
  const first = asked.find((memberId) => memberId !== undefined && memberId !== '');
  if (first === undefined) session.beYourself();
  else session.visit(first);
}

const byId = (id: string): HTMLElement | null => document.getElementById(id);
const [main, rows, why, toastBox, live] = [
  byId('main'),
  byId('rows'),
  byId('why'),
  byId('toast'),
  byId('live'),
];
if (main && rows && why && toastBox) startHome(main, rows, why, toastBox);
if (live) startLiveSection(live);
startThemeToggle();
