import type { HomeResponse, HomeRow, HomeTitle } from '../../client/types.js';
import { animateMove, placesOnScreen } from './card-movement.js';
import { setTabbable } from './keyboard.js';
import { createCard, markChange, updateCard } from './title-card.js';
import { pageChanges, type PageChanges } from './page-changes.js';

const placeKey = (rowId: string, titleId: string): string => `${rowId}\u0000${titleId}`;

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

/** The rows of the page. Cards are kept from page to page (by row and title), so that a change is a movement and not a flicker. */
export class HomeRows {
  readonly #container: HTMLElement;
  readonly #onGone: (card: HTMLElement) => void;
  readonly #cards = new Map<string, HTMLElement>();
  readonly #titles = new WeakMap<Element, HomeTitle>();
  #shown: HomeResponse | undefined;

  constructor(container: HTMLElement, onGone: (card: HTMLElement) => void) {
    this.#container = container;
    this.#onGone = onGone;
  }

  /** The cards of the page, and what each shows. */
  *cards(): Iterable<readonly [HTMLElement, HomeTitle]> {
    for (const card of this.#cards.values()) yield [card, this.#titles.get(card)!];
  }

  /** The title a card stands for. */
  titleOf(card: Element): HomeTitle | undefined {
    return this.#titles.get(card);
  }

  /** Shows a page. With `compare`, what changed since the page shown before is animated and badged. */
  show(page: HomeResponse, { compare }: { readonly compare: boolean }): PageChanges {
    const focused = document.activeElement;
    const before = compare ? placesOnScreen(this.#cards.values()) : new Map<HTMLElement, DOMRect>();
    if (!compare) this.#clear();
    const present = new Set<HTMLElement>();
    page.rows.forEach((row, index) => this.#showRow(row, index, present));
    this.#removeAbsent(present, page);
    const changes = pageChanges(compare && this.#shown !== undefined ? this.#shown : page, page);
    for (const change of changes.places) {
      const card = this.#cards.get(placeKey(change.rowId, change.titleId));
      if (card !== undefined) markChange(card, compare ? change : undefined);
    }
    for (const [card, place] of before) if (present.has(card)) animateMove(card, place);
    if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
    this.#container.setAttribute('aria-busy', 'false');
    this.#shown = page;
    return changes;
  }

  #showRow(row: HomeRow, index: number, present: Set<HTMLElement>): void {
    const known = [...this.#container.querySelectorAll<HTMLElement>('.row')].find(
      (section) => section.dataset['rowId'] === row.rowId,
    );
    const section = known ?? createRow(row, index === 0);
    // Moving a section that stands where it belongs would reset its scrolling and its focus.
    if (this.#container.children[index] !== section)
      this.#container.insertBefore(section, this.#container.children[index] ?? null);
    const list = section.querySelector('.row-cards')!;
    const scrolled = list.scrollLeft;
    const cards = row.titles.map((title) => this.#place(row.rowId, list, title));
    list.scrollLeft = scrolled;
    if (
      cards[0] !== undefined &&
      !cards.some((card) => card.querySelector('.card-play[tabindex="0"]') !== null)
    )
      setTabbable(cards[0], true);
    for (const card of cards) present.add(card);
  }

  #place(rowId: string, list: Element, title: HomeTitle): HTMLElement {
    const key = placeKey(rowId, title.titleId);
    let card = this.#cards.get(key);
    if (card === undefined) {
      card = createCard();
      this.#cards.set(key, card);
    }
    updateCard(card, title);
    this.#titles.set(card, title);
    list.append(card);
    return card;
  }

  #clear(): void {
    for (const card of this.#cards.values()) this.#onGone(card);
    this.#cards.clear();
    this.#container.replaceChildren();
  }

  #removeAbsent(present: ReadonlySet<HTMLElement>, page: HomeResponse): void {
    for (const [key, card] of this.#cards) {
      if (present.has(card)) continue;
      this.#onGone(card);
      card.remove();
      this.#cards.delete(key);
    }
    const rowIds = new Set(page.rows.map((row) => row.rowId));
    for (const section of this.#container.querySelectorAll<HTMLElement>('.row')) {
      if (!rowIds.has(section.dataset['rowId'] ?? '')) section.remove();
    }
  }
}
