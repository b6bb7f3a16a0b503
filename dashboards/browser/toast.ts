export interface Toast {
  /** Shows a message; with `keep` it stays until the next one. */
  say(
    headline: string,
    detail: string,
    options?: { readonly keep?: boolean; readonly fault?: boolean },
  ): void;
}

const SHOWN_MS = 7_000;

export function toastIn(box: HTMLElement): Toast {
  let hiding: number | undefined;
  return {
    say(headline, detail, options = {}) {
      window.clearTimeout(hiding);
      const strong = document.createElement('strong');
      strong.textContent = headline;
      const rest = document.createElement('span');
      rest.textContent = detail;
      box.replaceChildren(strong, rest);
      box.classList.add('shown');
      box.classList.toggle('fault', options.fault === true);
      if (options.keep !== true) hiding = window.setTimeout(() => box.classList.remove('shown'), SHOWN_MS);
    },
  };
}
