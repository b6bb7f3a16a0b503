const MOVE_MS = 650;
/** Beyond the window's edges by this much a movement still comes into sight. */
const NEAR_PX = 400;

/** Where the cards on or near the screen are; the others need no animation. */
export function placesOnScreen(cards: Iterable<HTMLElement>): Map<HTMLElement, DOMRect> {
  const places = new Map<HTMLElement, DOMRect>();
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return places;
  for (const card of cards) {
    const at = card.getBoundingClientRect();
    const near =
      at.bottom > -NEAR_PX &&
      at.top < innerHeight + NEAR_PX &&
      at.right > -NEAR_PX &&
      at.left < innerWidth + NEAR_PX;
    if (near) places.set(card, at);
  }
  return places;
}

/** Moves a card from where it was to where it is: first, last, invert, play. */
export function animateMove(card: HTMLElement, before: DOMRect): void {
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
