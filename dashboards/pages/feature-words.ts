/**
 * A feature of the context vector in words people use. Names come with the explanation (see features/context-vector.ts); one that is
 * not known here is shown as it is.
 */
export function featureWords(feature: string): string {
  if (feature === 'intercept') return 'how it does with everyone';
  if (feature === 'affinity') return 'match with this member’s tastes';
  const [, kind, value] = /^(device=|daypart=|member×artwork |member )(.+)$/.exec(feature) ?? [];
  if (kind === undefined || value === undefined) return feature;
  if (kind === 'device=') return `on ${value === 'tv' ? 'TV' : value}`;
  if (kind === 'daypart=')
    return value === 'day' ? 'during the day' : value === 'night' ? 'at night' : `in the ${value}`;
  return kind === 'member '
    ? `members who like ${themeWords(value)}`
    : `taste for ${themeWords(value)}, seen in the picture`;
}

/** The theme a feature is about, in words; undefined: it is about none. */
export function themeOfFeature(feature: string): string | undefined {
  const theme = /^member(?:×artwork)? (.+)$/.exec(feature)?.[1];
  return theme === undefined ? undefined : themeWords(theme);
}

function themeWords(theme: string): string {
  if (theme === 'star') return 'big stars';
  if (theme === 'ensemble') return 'ensembles';
  return theme.replaceAll('-', ' ');
}
