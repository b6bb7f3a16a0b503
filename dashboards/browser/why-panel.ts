import type { HomeTitle } from '../../client/types.js';
import { requestFragment } from './api.js';

const HOVER_MS = 650;
const LEAVE_MS = 250;
const GAP_PX = 10;

export interface WhyPanel {
  /** Shows why, and keeps it open until Escape, another card or a click elsewhere. */
  pin(card: HTMLElement): void;
  /** Another page: what was explained is no longer on it. */
  close(): void;
}

interface Subject {
  readonly requestId: string;
  readonly title: HomeTitle;
}

/** Beside the card where there is room, within the window always; on a phone the stylesheet makes it a sheet from below. */
function placeBeside(panel: HTMLElement, card: HTMLElement): void {
  const at = card.getBoundingClientRect();
  const width = panel.offsetWidth;
  const height = panel.offsetHeight;
  const right = at.right + GAP_PX;
  const left = right + width < innerWidth ? right : at.left - GAP_PX - width;
  const fits = left >= GAP_PX;
  panel.style.left = `${fits ? left : Math.max(GAP_PX, Math.min(innerWidth - width - GAP_PX, at.left))}px`;
  panel.style.top = `${Math.max(GAP_PX, Math.min(innerHeight - height - GAP_PX, fits ? at.top - 40 : at.bottom + GAP_PX))}px`;
}

/** The answer to "why this picture?", on hover, on keyboard focus, and by its button. */
export function startWhyPanel(
  panel: HTMLElement,
  rows: HTMLElement,
  subjectOf: (card: Element) => Subject | undefined,
): WhyPanel {
  let opening: number | undefined;
  let closing: number | undefined;
  let pinned = false;
  let shownFor: HTMLElement | undefined;
  let returnTo: HTMLElement | undefined;

  const close = (): void => {
    window.clearTimeout(opening);
    window.clearTimeout(closing);
    if (panel.matches(':popover-open')) panel.hidePopover();
    shownFor?.classList.remove('explained');
    if (pinned && panel.contains(document.activeElement)) returnTo?.focus({ preventScroll: true });
    shownFor = undefined;
    pinned = false;
  };
  const open = async (card: HTMLElement): Promise<void> => {
    const subject = subjectOf(card);
    if (subject === undefined) return;
    shownFor?.classList.remove('explained');
    shownFor = card;
    card.classList.add('explained');
    let markup: string | undefined;
    try {
      markup = await requestFragment(
        `/fragments/why/${encodeURIComponent(subject.requestId)}/${subject.title.slot}`,
      );
    } catch (error) {
      panel.replaceChildren(
        Object.assign(document.createElement('p'), {
          className: 'notice',
          textContent: (error as Error).message,
        }),
      );
    }
    if (shownFor !== card) return;
    if (markup !== undefined) panel.innerHTML = markup;
    if (!panel.matches(':popover-open')) panel.showPopover();
    placeBeside(panel, card);
    if (pinned) panel.querySelector<HTMLElement>('[data-close]')?.focus({ preventScroll: true });
  };
  const pin = (card: HTMLElement): void => {
    close();
    pinned = true;
    returnTo = card.querySelector<HTMLElement>('.card-why') ?? undefined;
    void open(card);
  };
  const soon = (card: HTMLElement): void => {
    window.clearTimeout(opening);
    window.clearTimeout(closing);
    if (pinned || card === shownFor) return;
    opening = window.setTimeout(() => void open(card), HOVER_MS);
  };
  const leave = (): void => {
    window.clearTimeout(opening);
    window.clearTimeout(closing);
    if (!pinned) closing = window.setTimeout(close, LEAVE_MS);
  };
  followPointerAndFocus(rows, soon, leave);
  panel.addEventListener('pointerenter', () => window.clearTimeout(closing));
  panel.addEventListener('pointerleave', leave);
  panel.addEventListener(
    'click',
    (event) => (event.target as Element).closest('[data-close]') !== null && close(),
  );
  document.addEventListener('keydown', (event) => event.key === 'Escape' && close());
  document.addEventListener('pointerdown', (event) => {
    if (pinned && event.target instanceof Node && !panel.contains(event.target)) close();
  });
  addEventListener('scroll', () => !pinned && close(), { passive: true });
  return { pin, close };
}

function followPointerAndFocus(
  rows: HTMLElement,
  soon: (card: HTMLElement) => void,
  leave: () => void,
): void {
  const cardOf = (event: Event): HTMLElement | null =>
    (event.target as Element).closest<HTMLElement>('.card');
  rows.addEventListener('pointerover', (event) => {
    const card = cardOf(event);
    if (event.pointerType === 'mouse') (card === null ? leave : () => soon(card))();
  });
  rows.addEventListener('pointerleave', leave);
  rows.addEventListener('focusin', (event) => {
    const card = cardOf(event);
    if (card !== null && (event.target as Element).matches(':focus-visible')) soon(card);
  });
  rows.addEventListener('focusout', leave);
}
