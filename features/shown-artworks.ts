/** How often a member may be shown one artwork: so many impressions in any stretch of `windowMs`; then another one's turn comes. */
export interface FrequencyCap {
  /** integer ≥ 1 */
  readonly impressions: number;
  /** > 0 */
  readonly windowMs: number;
}

/** An artwork that was on a screen. Two in one second are one: so whatever is told twice is there once. */
export interface ShownArtwork {
  /** its model row: the same through all revisions of its title */
  readonly artworkRow: number;
  /** whole seconds since the epoch, by the member's device */
  readonly atSeconds: number;
}

export interface CappedArtwork {
  /** first moment at which it may be shown again, ms since the epoch */
  readonly untilMs: number;
  /** when it was shown last */
  readonly lastMs: number;
}

/** By model row. One that may be shown again by now may still be in it: see `untilMs`. */
export type CappedArtworks = ReadonlyMap<number, CappedArtwork>;

const VERSION = 1;
const ENTRY_BYTES = 8;

/** What a member was shown, oldest first: u8 version, then u32 artwork row · u32 seconds each, little-endian. */
export function encodeShown(shown: readonly ShownArtwork[]): Uint8Array {
  const bytes = Buffer.alloc(1 + shown.length * ENTRY_BYTES);
  bytes.writeUInt8(VERSION);
  for (const [i, { artworkRow, atSeconds }] of shown.entries()) {
    bytes.writeUInt32LE(artworkRow, 1 + i * ENTRY_BYTES);
    bytes.writeUInt32LE(atSeconds, 5 + i * ENTRY_BYTES);
  }
  return bytes;
}

/** What cannot be read is nothing: a cap is no reason to do without a member's features. */
export function decodeShown(given: Uint8Array | undefined): ShownArtwork[] {
  if (given?.[0] !== VERSION || (given.length - 1) % ENTRY_BYTES !== 0) return [];
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  return Array.from({ length: (bytes.length - 1) / ENTRY_BYTES }, (_, i) => ({
    artworkRow: bytes.readUInt32LE(1 + i * ENTRY_BYTES),
    atSeconds: bytes.readUInt32LE(5 + i * ENTRY_BYTES),
  }));
}

/**
 * A history with more of it, each once, oldest first; without what is older than the window, counted from the newest, and the newest `maxEntries` alone. The
 * order in which things are added, and how often, makes no difference while all have room.
 */
export function addShown(
  history: readonly ShownArtwork[],
  more: readonly ShownArtwork[],
  windowMs: number,
  maxEntries: number,
): ShownArtwork[] {
  const each = new Map<string, ShownArtwork>();
  for (const one of [...history, ...more]) each.set(`${one.atSeconds} ${one.artworkRow}`, one);
  const all = [...each.values()].sort((a, b) => a.atSeconds - b.atSeconds || a.artworkRow - b.artworkRow);
  const newest = all[all.length - 1]?.atSeconds ?? 0;
  const kept = all.filter(({ atSeconds }) => (newest - atSeconds) * 1000 < windowMs);
  return kept.slice(-maxEntries);
}

/** @returns the artworks that have been shown as often as they may; undefined: none */
export function cappedArtworks(
  history: readonly ShownArtwork[],
  { impressions, windowMs }: FrequencyCap,
): CappedArtworks | undefined {
  const times = new Map<number, number[]>();
  for (const { artworkRow, atSeconds } of history) {
    const known = times.get(artworkRow);
    if (known === undefined) times.set(artworkRow, [atSeconds]);
    else known.push(atSeconds);
  }
  const capped = new Map<number, CappedArtwork>();
  for (const [artworkRow, seconds] of times) {
    if (seconds.length < impressions) continue;
    seconds.sort((a, b) => a - b);
    capped.set(artworkRow, {
      untilMs: seconds[seconds.length - impressions]! * 1000 + windowMs,
      lastMs: seconds[seconds.length - 1]! * 1000,
    });
  }
  return capped.size === 0 ? undefined : capped;
}
