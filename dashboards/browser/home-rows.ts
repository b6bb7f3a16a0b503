import type { HomeResponse, HomeRow, HomeTitle } from '../../client/types.js';
import { setTabbable } from './keyboard.js';
import { createCard, markChange, updateCard } from './title-card.js';
import { pageChanges, type PageChanges, type PlaceChange } from './page-changes.js';

export interface HomeRows {
  /** Shows a page. With `compare`, what changed since the page shown before is animated and badged. */
  show(page: HomeResponse, options: { readonly compare: boolean }): PageChanges;
  /** The place a card stands for. */
  titleOf(card: Element): HomeTitle | undefined;
}

interface RowWatch {
  onAdded(card: HTMLElement): void;
  onRemoved(card: HTMLElement): void;
}

const MOVE_MS = 650;

function createRow(row: HomeRow, featured: boolean): HTMLElement {
  const section = document.createElement('section');
  section.className = featured ? 'row row-featured' : 'row';
  section.dataset['rowId'] = row.rowId;
  section.setAttribute('aria-label', row.name);
  const heading = document.createElement('h2');
  heading.textContent = row.name;
  const cards = document.createElement('div');
  cards.className = 'row-cards';
  cards.setAttribute('role', 'list');
  cards.setAttribute('aria-label', row.name);
  section.append(heading, scrollButton(cards, -1), cards, scrollButton(cards, 1));
  return section;
}

/** For the mouse; the keyboard has the arrow keys, fingers have the row itself. */
function scrollButton(cards: HTMLElement, direction: 1 | -1): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = direction === 1 ? 'row-scroll row-scroll-right' : 'row-scroll row-scroll-left';
  button.tabIndex = -1;
  button.setAttribute('aria-hidden', 'true');
  button.addEventListener('click', () =>
    cards.scrollBy({ left: direction * cards.clientWidth * 0.85, behavior: 'smooth' }),
  );
  return button;
}

/** Moves a card from where it was to where it is (first, last, invert, play), unless the person asked for calm. */
function animateMove(card: HTMLElement, before: DOMRect | undefined): void {
  if (before === undefined || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const after = card.getBoundingClientRect();
  const dx = before.left - after.left;
  const dy = before.top - after.top;
  if (dx === 0 && dy === 0) return;
  card.animate(
    [
      { transform: `translate(${dx}px, ${dy}px)`, zIndex: 2 },
      { transform: 'none', zIndex: 2 },
    ],
    {
      duration: MOVE_MS,
      easing: 'cubic-bezier(.2,.8,.2,1)',
    },
  );
}

/** Reads where every card on or near the screen is; the others need no animation. */
function placesOnScreen(cards: Iterable<HTMLElement>): Map<HTMLElement, DOMRect> {
  const places = new Map<HTMLElement, DOMRect>();
  for (const card of cards) {
    const place = card.getBoundingClientRect();
    if (
      place.bottom > -200 &&
      place.top < innerHeight + 200 &&
      place.right > -400 &&
      place.left < innerWidth + 400
    )
      places.set(card, place);
  }
  return places;
}

/** The rows of the page. Cards are kept from page to page (by row and title), so that a change is a movement and not a flicker. */
export function homeRows(container: HTMLElement, watch: RowWatch): HomeRows {
  const cards = new Map<string, HTMLElement>();
  const titles = new WeakMap<Element, HomeTitle>();
  let shown: HomeResponse | undefined;

  const place = (rowId: string, list: Element, title: HomeTitle): HTMLElement => {
    const key = `${rowId}\u0000${title.titleId}`;
    let card = cards.get(key);
    if (card === undefined) {
      card = createCard();
      cards.set(key, card);
      watch.onAdded(card);
    }
    updateCard(card, title);
    titles.set(card, title);
    list.append(card);
    return card;
  };

  const showRow = (row: HomeRow, index: number, present: Set<HTMLElement>): void => {
    let section = [...container.querySelectorAll<HTMLElement>('.row')].find(
      (element) => element.dataset['rowId'] === row.rowId,
    );
    section ??= createRow(row, index === 0);
    container.append(section);
    const list = section.querySelector('.row-cards')!;
    const scrolled = list.scrollLeft;
    const rowCards = row.titles.map((title) => place(row.rowId, list, title));
    list.scrollLeft = scrolled;
    if (
      !rowCards.some((card) => card.querySelector('.card-play[tabindex="0"]') !== null) &&
      rowCards[0] !== undefined
    ) {
      setTabbable(rowCards[0], true);
    }
    for (const card of rowCards) present.add(card);
  };

  return {
    titleOf: (card) => titles.get(card),
    show(page, { compare }) {
      const focused = document.activeElement;
      const before = compare ? placesOnScreen(cards.values()) : new Map<HTMLElement, DOMRect>();
      if (!compare) clear(container, cards, watch);
      container.querySelector('.skeleton, .notice')?.remove();
      const present = new Set<HTMLElement>();
      page.rows.forEach((row, index) => showRow(row, index, present));
      removeAbsent(container, cards, present, page, watch);
      const changes = pageChanges(compare && shown !== undefined ? shown : page, page);
      for (const change of changes.places) badge(cards, change, compare);
      for (const card of present) animateMove(card, before.get(card));
      if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
      container.setAttribute('aria-busy', 'false');
      shown = page;
      return changes;
    },
  };
}

function badge(cards: Map<string, HTMLElement>, change: PlaceChange, compare: boolean): void {
  const card = cards.get(`${change.rowId}\u0000${change.titleId}`);
  if (card !== undefined) markChange(card, compare ? change : undefined);
}

function clear(container: HTMLElement, cards: Map<string, HTMLElement>, watch: RowWatch): void {
  for (const card of cards.values()) watch.onRemoved(card);
  cards.clear();
  container.replaceChildren();
}

function removeAbsent(
  container: HTMLElement,
  cards: Map<string, HTMLElement>,
  present: ReadonlySet<HTMLElement>,
  page: HomeResponse,
  watch: RowWatch,
): void {
  for (const [key, card] of cards) {
    if (present.has(card)) continue;
    watch.onRemoved(card);
    card.remove();
    cards.delete(key);
  }
  const rowIds = new Set(page.rows.map((row) => row.rowId));
  for (const section of container.querySelectorAll<HTMLElement>('.row')) {
    if (!rowIds.has(section.dataset['rowId'] ?? '')) section.remove();
  }
}
