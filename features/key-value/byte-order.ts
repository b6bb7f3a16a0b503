/** The least byte string above every one that starts with `prefix`; undefined: there is none. @example successor(Buffer.of(1, 255)) // => Buffer.of(2) */
export function successor(prefix: Buffer): Buffer | undefined {
  for (let length = prefix.length; length > 0; length--) {
    const last = prefix[length - 1]!;
    if (last < 0xff) return Buffer.concat([prefix.subarray(0, length - 1), Buffer.of(last + 1)]);
  }
  return undefined;
}
