/** Words by which an article's lead says where a film was made → ISO 3166 alpha-2. */
const NATIONALITIES: readonly (readonly [RegExp, string])[] = [
  [/\bAmerican\b|\bUnited States\b/, 'US'],
  [/\bBritish\b|\bEnglish\b|\bUnited Kingdom\b/, 'GB'],
  [/\bCanadian\b/, 'CA'],
  [/\bAustralian\b/, 'AU'],
  [/\bNew Zealand\b/, 'NZ'],
  [/\bFrench\b/, 'FR'],
  [/\bGerman\b/, 'DE'],
  [/\bItalian\b/, 'IT'],
  [/\bSpanish\b/, 'ES'],
  [/\bSwedish\b/, 'SE'],
  [/\bIrish\b/, 'IE'],
  [/\bIndian\b/, 'IN'],
  [/\bJapanese\b/, 'JP'],
  [/\bSouth Korean\b/, 'KR'],
  [/\bMexican\b/, 'MX'],
];

const COPRODUCTION = /co-production (?:of|between)[^.]*/;
/** "… is a 1981 American …": what stands between the article and the words "film directed by" is the claim; later words are the plot. */
const CLAIM = /\b(?:is|was) (?:an?|the)\b[^.]*?\bfilms?\b/;

/**
 * Countries that an article's lead claims for its film, in a fixed order. Empty when it claims none (then nothing is guessed).
 * "English" beside another language names a language, so it counts only on its own ("English-language" never does).
 */
export function countriesNamed(lead: string): string[] {
  const claim = `${CLAIM.exec(lead)?.[0] ?? ''} ${COPRODUCTION.exec(lead)?.[0] ?? ''}`.replaceAll(
    /\b[A-Z][a-z]+-language\b/g,
    '',
  );
  return NATIONALITIES.filter(([pattern]) => pattern.test(claim)).map(([, code]) => code);
}
