/** Cards of a row that can take the focus, in order. */
const playsOf = (row: Element): HTMLElement[] => [...row.querySelectorAll<HTMLElement>('.card-play')];

function focusOn(button: HTMLElement | undefined): void {
  if (button === undefined) return;
  button.focus({ preventScroll: true });
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  button.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: calm ? 'auto' : 'smooth' });
}

/** How far the key moves within a row; undefined: it does not. */
function stepOf(key: string, length: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    Home: -length,
    End: length,
  };
  return steps[key];
}

/**
 * Left and right walk along a row, up and down go to the row above or below, Home and End to its ends. One card of each row is in the Tab
 * order, so Tab goes from row to row.
 */
export function startRowKeyboard(container: HTMLElement): void {
  container.addEventListener('focusin', (event) => {
    const card = (event.target as Element).closest('.card');
    const row = card?.closest('.row');
    if (card === null || row === null || row === undefined) return;
    for (const other of row.querySelectorAll('.card')) setTabbable(other, other === card);
  });
  container.addEventListener('keydown', (event) => {
    const target = event.target as Element;
    const row = target.closest('.row');
    const card = target.closest('.card');
    if (row === null || card === null || event.altKey || event.ctrlKey || event.metaKey) return;
    const plays = playsOf(row);
    const index = plays.findIndex((play) => card.contains(play));
    const step = stepOf(event.key, plays.length);
    if (step !== undefined) focusOn(plays[Math.max(0, Math.min(plays.length - 1, index + step))]);
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const rows = [...container.querySelectorAll('.row')];
      const other = rows[rows.indexOf(row) + (event.key === 'ArrowDown' ? 1 : -1)];
      const button =
        other?.querySelector<HTMLElement>('.card-play[tabindex="0"]') ??
        other?.querySelector<HTMLElement>('.card-play');
      focusOn(button ?? undefined);
    } else return;
    event.preventDefault();
  });
}

/** Puts a card's buttons into the Tab order or takes them out. */
export function setTabbable(card: Element, tabbable: boolean): void {
  for (const button of card.querySelectorAll('button')) button.tabIndex = tabbable ? 0 : -1;
}
