/** The one function used of it; the package has no types of its own. */
declare module 'fs-native-extensions' {
  /** Requests an exclusive lock on the whole file. @returns false when another open file holds it */
  export function tryLock(fd: number): boolean;
}
