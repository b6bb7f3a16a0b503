/** The keys of one store: all in one hash slot, so a script may touch any of them. */
export interface StoreKeys {
  /** what an entry's key is appended to */
  readonly entry: string;
  /** sorted set of all keys, for scans */
  readonly index: string;
  /** sorted set of the keys that expire, by when: so that the index forgets them, without a scan */
  readonly expiring: string;
  /** what the number of a conditional write is appended to */
  readonly applied: string;
}

/** `{namespace}:…`: what is in braces chooses the slot. */
export function storeKeys(namespace: string): StoreKeys {
  const own = (name: string): string => `{${namespace}}:${name}`;
  return { entry: own('entry:'), index: own('keys'), expiring: own('expiring'), applied: own('applied:') };
}
