const YEAR_S = 31_536_000;

/** Switches light and dark and keeps the choice in a cookie, so that the server renders the next page in it from the first byte. */
export function startThemeToggle(): void {
  for (const button of document.querySelectorAll<HTMLElement>('[data-theme-toggle]')) {
    button.addEventListener('click', () => {
      const root = document.documentElement;
      const dark =
        root.dataset['theme'] === undefined
          ? matchMedia('(prefers-color-scheme: dark)').matches
          : root.dataset['theme'] === 'dark';
      const theme = dark ? 'light' : 'dark';
      root.dataset['theme'] = theme;
      document.cookie = `marquee-theme=${theme}; path=/; max-age=${YEAR_S}; samesite=lax`;
    });
  }
}
