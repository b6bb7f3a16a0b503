import { requestFragment } from './api.js';

const HOVER_MS = 650;
const LEAVE_MS = 250;
const GAP_PX = 10;

/** Which decision a card stands for. */
export interface Subject {
  readonly requestId: string;
  readonly slot: number;
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

/** The answer to "why this picture?": on hover, on keyboard focus, and by its button, which keeps it open. */
export class WhyPanel {
  readonly #panel: HTMLElement;
  readonly #subjectOf: (card: Element) => Subject | undefined;
  #opening: number | undefined;
  #closing: number | undefined;
  #pinned = false;
  #shownFor: HTMLElement | undefined;

  constructor(panel: HTMLElement, rows: HTMLElement, subjectOf: (card: Element) => Subject | undefined) {
    this.#panel = panel;
    this.#subjectOf = subjectOf;
    this.#followRows(rows);
    this.#followPanel();
  }

  /** Shows why, and keeps it open until Escape, its close button or a click elsewhere. */
  pin(card: HTMLElement): void {
    this.close();
    this.#pinned = true;
    void this.#open(card);
  }

  close(): void {
    window.clearTimeout(this.#opening);
    window.clearTimeout(this.#closing);
    const held = this.#panel.contains(document.activeElement);
    if (this.#panel.matches(':popover-open')) this.#panel.hidePopover();
    if (held) this.#shownFor?.querySelector<HTMLElement>('.card-why')?.focus({ preventScroll: true });
    this.#shownFor?.classList.remove('explained');
    this.#shownFor = undefined;
    this.#pinned = false;
  }

  async #open(card: HTMLElement): Promise<void> {
    const subject = this.#subjectOf(card);
    if (subject === undefined) return;
    this.#shownFor?.classList.remove('explained');
    this.#shownFor = card;
    card.classList.add('explained');
    const answer = await this.#answer(subject);
    if (this.#shownFor !== card) return; // another card was asked about meanwhile
    this.#panel.replaceChildren(answer);
    if (!this.#panel.matches(':popover-open')) this.#panel.showPopover();
    placeBeside(this.#panel, card);
    if (this.#pinned) this.#panel.querySelector<HTMLElement>('[data-close]')?.focus({ preventScroll: true });
  }

  async #answer({ requestId, slot }: Subject): Promise<Node> {
    try {
      const template = document.createElement('template');
      template.innerHTML = await requestFragment(`/fragments/why/${encodeURIComponent(requestId)}/${slot}`);
      return template.content;
    } catch (error) {
      return Object.assign(document.createElement('p'), {
        className: 'notice',
        textContent: (error as Error).message,
      });
    }
  }

  #soon(card: HTMLElement): void {
    window.clearTimeout(this.#opening);
    window.clearTimeout(this.#closing);
    if (this.#pinned || card === this.#shownFor) return;
    this.#opening = window.setTimeout(() => void this.#open(card), HOVER_MS);
  }

  #leave(): void {
    window.clearTimeout(this.#opening);
    window.clearTimeout(this.#closing);
    if (!this.#pinned) this.#closing = window.setTimeout(() => this.close(), LEAVE_MS);
  }

  #followRows(rows: HTMLElement): void {
    const cardOf = (event: Event): HTMLElement | null =>
      (event.target as Element).closest<HTMLElement>('.card');
    rows.addEventListener('pointerover', (event) => {
      const card = cardOf(event);
      if (event.pointerType !== 'mouse') return;
      if (card === null) this.#leave();
      else this.#soon(card);
    });
    rows.addEventListener('pointerleave', () => this.#leave());
    rows.addEventListener('focusin', (event) => {
      const card = cardOf(event);
      if (card !== null && (event.target as Element).matches(':focus-visible')) this.#soon(card);
    });
    rows.addEventListener('focusout', () => this.#leave());
  }

  #followPanel(): void {
    this.#panel.addEventListener('pointerenter', () => window.clearTimeout(this.#closing));
    this.#panel.addEventListener('pointerleave', () => this.#leave());
    this.#panel.addEventListener(
      'click',
      (event) => (event.target as Element).closest('[data-close]') !== null && this.close(),
    );
    document.addEventListener('keydown', (event) => event.key === 'Escape' && this.close());
    document.addEventListener('pointerdown', (event) => {
      if (this.#pinned && event.target instanceof Node && !this.#panel.contains(event.target)) this.close();
    });
    addEventListener('scroll', () => !this.#pinned && this.close(), { passive: true });
  }
}
