import { MarqueeBrowser } from '../../client/browser/index.js';
import type { HomeResponse } from '../../client/types.js';
import { keepLastMember, yourMember } from './home-member.js';
import { HomeRows } from './home-rows.js';
import { showMember } from './member-picker.js';
import { changesSentence } from './page-changes.js';
import { nextPage, reportPlay, type PlayKind } from './plays.js';
import type { Toast } from './toast.js';
import { WhyPanel } from './why-panel.js';

export interface HomeParts {
  readonly main: HTMLElement;
  readonly rows: HTMLElement;
  readonly why: HTMLElement;
  readonly toast: Toast;
}

function learned(before: HomeResponse, after: HomeResponse, changes: string): string {
  if (before.snapshotVersion === after.snapshotVersion) return 'Recorded; the model has not moved yet.';
  return `Learned (model ${before.snapshotVersion} → ${after.snapshotVersion}): ${changes}.`;
}

/** One member's visit after another: the page they see, what they play, and the page they see then. */
export class HomeSession {
  readonly #parts: HomeParts;
  readonly #marquee: MarqueeBrowser;
  readonly #rows: HomeRows;
  readonly #why: WhyPanel;
  #memberId = '';
  #page: HomeResponse | undefined;

  constructor(parts: HomeParts) {
    this.#parts = parts;
    this.#marquee = new MarqueeBrowser({ onFault: (error) => this.#fault(error) });
    this.#rows = new HomeRows(parts.rows, (card) => {
      this.#marquee.unobserve(card);
    });
    this.#why = new WhyPanel(parts.why, parts.rows, (card) => {
      const title = this.#rows.titleOf(card);
      return title === undefined || this.#page === undefined
        ? undefined
        : { requestId: this.#page.requestId, slot: title.slot };
    });
  }

  /** Shows a member's homepage. */
  visit(memberId: string): void {
    this.#visit(memberId).catch((error: unknown) => this.#fault(error));
  }

  /** Shows the homepage of this browser's own member, made if there is none. */
  beYourself(): void {
    const contextual = JSON.parse(
      this.#parts.main.dataset['contextualPolicies'] ?? '[]',
    ) as readonly string[];
    yourMember((memberId) => this.#ask(memberId), contextual)
      .then((you) => this.#visit(you.memberId, you.page))
      .catch((error: unknown) => this.#fault(error));
  }

  explain(card: HTMLElement): void {
    this.#why.pin(card);
  }

  /** Plays a card's title as the member, then shows what the page became. */
  play(card: HTMLElement, kind: PlayKind): void {
    if (card.classList.contains('playing')) return;
    card.classList.add('playing');
    this.#play(card, kind)
      .catch((error: unknown) => this.#fault(error))
      .finally(() => card.classList.remove('playing'));
  }

  async #visit(memberId: string, first?: HomeResponse): Promise<void> {
    this.#parts.rows.setAttribute('aria-busy', 'true');
    this.#memberId = memberId;
    const page = first ?? (await this.#ask(memberId));
    if (this.#memberId !== memberId) return; // somebody else was picked meanwhile
    keepLastMember(memberId);
    this.#turnTo(page, false);
  }

  async #play(card: HTMLElement, kind: PlayKind): Promise<void> {
    const before = this.#page;
    const title = this.#rows.titleOf(card);
    if (title === undefined || before === undefined) return;
    const headline =
      kind === 'watched' ? `You watched ${title.name}` : `You stopped ${title.name} after a minute`;
    this.#parts.toast.say(headline, 'Learning from it…', { keep: true });
    await reportPlay(this.#marquee, before, title.slot, kind);
    const memberId = this.#memberId;
    const after = await nextPage(before, () => this.#ask(memberId));
    if (this.#page !== before) return; // another member, or a later play's page, is on screen
    this.#parts.toast.say(headline, learned(before, after, this.#turnTo(after, true)));
  }

  #turnTo(page: HomeResponse, compare: boolean): string {
    const { main } = this.#parts;
    this.#why.close();
    this.#page = page;
    main.dataset['requestId'] = page.requestId;
    main.dataset['snapshotVersion'] = String(page.snapshotVersion);
    const changes = this.#rows.show(page, { compare });
    for (const [card, { slot }] of this.#rows.cards()) this.#marquee.observe(card, page, slot);
    showMember(this.#memberId, page, main);
    return changesSentence(changes);
  }

  #ask(memberId: string): Promise<HomeResponse> {
    const { country = 'US', language = 'en' } = this.#parts.main.dataset;
    return this.#marquee.home({ memberId, country, language, device: 'web', explain: true });
  }

  #fault(error: unknown): void {
    this.#parts.rows.setAttribute('aria-busy', 'false');
    this.#parts.toast.say('That did not work', (error as Error).message, { fault: true });
  }
}
