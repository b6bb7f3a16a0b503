import { requestFragment } from './api.js';

const MIN_REFRESH_MS = 1_000;

/** Takes over the regions that changed; what a person has opened stays open, what they are using stays as it is. */
function takeOver(live: HTMLElement, markup: string): void {
  const next = document.createElement('template');
  next.innerHTML = markup;
  if (live.querySelector('[data-region]') === null) {
    live.replaceChildren(next.content);
    return;
  }
  for (const region of next.content.querySelectorAll<HTMLElement>('[data-region]')) {
    const old = live.querySelector<HTMLElement>(`[data-region="${region.dataset['region'] ?? ''}"]`);
    const active = document.activeElement;
    if (old === null || old.innerHTML === region.innerHTML) continue;
    if (active instanceof HTMLSelectElement && old.contains(active)) continue;
    const open = [...old.querySelectorAll('details')].map((details) => details.open);
    const focused = [...old.querySelectorAll('summary, a')].findIndex((element) => element === active);
    old.replaceChildren(...region.childNodes);
    [...old.querySelectorAll('details')].forEach((details, i) => (details.open = open[i] === true));
    if (focused >= 0)
      old.querySelectorAll<HTMLElement>('summary, a')[focused]?.focus({ preventScroll: true });
  }
}

/** Refreshes the live section while anybody looks at it. */
export function startLiveSection(live: HTMLElement): void {
  const refreshMs = Math.max(MIN_REFRESH_MS, Number(live.dataset['refreshMs']));
  const source = new URL(live.dataset['liveSrc'] ?? '/fragments/live', location.href);
  const ownSize = live.dataset['liveSize'] === 'own';
  let running = false;
  const refresh = async (): Promise<void> => {
    if (running || document.visibilityState === 'hidden') return;
    running = true;
    if (ownSize) source.searchParams.set('size', live.clientWidth < 640 ? 'narrow' : 'wide');
    try {
      takeOver(live, await requestFragment(source.href));
      live.classList.remove('stale');
    } catch {
      live.classList.add('stale'); // the last results stay; the next round tries again
    }
    running = false;
  };
  live.addEventListener('change', (event) => {
    if (!(event.target instanceof HTMLSelectElement)) return;
    source.searchParams.set(event.target.name, event.target.value);
    event.target.blur();
    void refresh();
  });
  live.addEventListener('submit', (event) => event.preventDefault());
  document.addEventListener('visibilitychange', () => void refresh());
  window.setInterval(() => void refresh(), refreshMs);
  void refresh();
}
