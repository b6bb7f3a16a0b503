/** The service's default vocabulary of themes: ten genres, and two ways of emphasising people. d = 8 + 2·12 = 32. */
export const DEFAULT_THEMES = [
  'action',
  'adventure',
  'comedy',
  'crime',
  'drama',
  'family',
  'horror',
  'romance',
  'science-fiction',
  'thriller',
  'star',
  'ensemble',
] as const;
