/** Ids are branded strings, so a title's id cannot be passed where a member's is expected. */
declare const brand: unique symbol;
export type Id<Name extends string> = string & { readonly [brand]: Name };

export type MemberId = Id<'MemberId'>;
export type TitleId = Id<'TitleId'>;
export type ArtworkId = Id<'ArtworkId'>;
export type RowId = Id<'RowId'>;
export type RequestId = Id<'RequestId'>;
export type EventId = Id<'EventId'>;
export type VariantId = Id<'VariantId'>;

/** Gives a checked string its brand. The caller has validated it: this is a cast with a name, and the only one. */
export function asId<T extends Id<string>>(value: string): T {
  return value as T;
}
