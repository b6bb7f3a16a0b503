import type { HomeTitle } from '../../client/types.js';
import type { PlaceChange } from './page-changes.js';

/** From how many places on a move to the left is worth a badge: one title's jump shifts all it passes by one. */
const BADGED_MOVE = 2;

function button(className: string, text: string): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = className;
  element.textContent = text;
  element.tabIndex = -1;
  return element;
}

function picture(): HTMLImageElement {
  const image = document.createElement('img');
  image.className = 'card-picture';
  image.width = 640;
  image.height = 360;
  image.loading = 'lazy';
  image.decoding = 'async';
  image.alt = '';
  image.draggable = false;
  return image;
}

/**
 * A title's card: its picture is the button that plays it; beside its name are "why this picture?" and "stopped after a minute".
 */
export function createCard(): HTMLElement {
  const card = document.createElement('div');
  card.className = 'card';
  card.setAttribute('role', 'listitem');
  const play = button('card-play', '');
  const badges = document.createElement('span');
  badges.className = 'card-badges';
  play.append(picture(), badges);
  const foot = document.createElement('div');
  foot.className = 'card-foot';
  const name = document.createElement('span');
  name.className = 'card-name';
  foot.append(name, button('card-short', '1 min'), button('card-why', 'Why?'));
  card.append(play, foot);
  return card;
}

/** A new picture fades in over the old one, once it has arrived. */
function changePicture(card: HTMLElement, image: HTMLImageElement, url: string): void {
  const next = picture();
  next.classList.add('card-picture-next');
  next.loading = 'eager';
  const settle = (): void => {
    next.classList.remove('card-picture-next');
    image.remove();
  };
  next.addEventListener('load', () => window.setTimeout(settle, 900));
  next.addEventListener('error', settle);
  next.src = url;
  for (const unfinished of card.querySelectorAll('.card-picture-next')) unfinished.remove();
  image.after(next);
}

/** Brings a card to what the page says of its title now. */
export function updateCard(card: HTMLElement, title: HomeTitle): void {
  const image = card.querySelector<HTMLImageElement>('.card-picture')!;
  const had = card.dataset['artworkId'];
  if (had === undefined) image.src = title.artworkUrl;
  else if (had !== title.artworkId) changePicture(card, image, title.artworkUrl);
  card.dataset['slot'] = String(title.slot);
  card.dataset['titleId'] = title.titleId;
  card.dataset['artworkId'] = title.artworkId;
  if (title.fallback === undefined) delete card.dataset['fallback'];
  else card.dataset['fallback'] = title.fallback;
  card.querySelector('.card-name')!.textContent = title.name;
  card.querySelector('.card-play')!.setAttribute('aria-label', `Play ${title.name}`);
  const short = card.querySelector<HTMLButtonElement>('.card-short')!;
  short.setAttribute('aria-label', `Play ${title.name} and stop after a minute`);
  short.title = 'Play, and stop after a minute';
  const why = card.querySelector<HTMLButtonElement>('.card-why')!;
  why.setAttribute('aria-label', `Why this picture for ${title.name}?`);
  why.title = 'Why this picture?';
}

/** Badges what changed; undefined takes the badges away. */
export function markChange(card: HTMLElement, change: PlaceChange | undefined): void {
  const texts: string[] = [];
  if (change?.newPicture === true) texts.push('new picture');
  if (change !== undefined && change.movedUp >= BADGED_MOVE) texts.push(`moved up ${change.movedUp}`);
  if (change?.newHere === true) texts.push('new here');
  const badges = texts.map((text) => {
    const badge = document.createElement('span');
    badge.className = 'badge';
    badge.textContent = text;
    return badge;
  });
  card.querySelector('.card-badges')!.replaceChildren(...badges);
  card.classList.toggle('changed', texts.length > 0);
  card.classList.toggle('new-picture', change?.newPicture === true);
}
