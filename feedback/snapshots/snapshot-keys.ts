import type { StoredBase } from './manifest.js';

/** A model key's slashes are escaped, so that no model's keys begin like another's. */
function modelPrefix(modelKey: string): string {
  return `snapshot/${encodeURIComponent(modelKey)}/`;
}

/** Where a model's manifest is: `snapshot/<model>/head`. */
export function headKey(modelKey: string): string {
  return `${modelPrefix(modelKey)}head`;
}

/** Which base is being written: `snapshot/<model>/pending`, so that whoever comes after a writer that died can remove what it left. */
export function pendingKey(modelKey: string): string {
  return `${modelPrefix(modelKey)}pending`;
}

type BaseName = Pick<StoredBase, 'token' | 'version'>;

/** `snapshot/<model>/<token>-<version>/<chunk>` */
export function chunkKey(modelKey: string, { token, version }: BaseName, chunk: number): string {
  return `${modelPrefix(modelKey)}${token}-${version}/${chunk}`;
}

/** `snapshot/<model>/<token>-<version>/delta/<version>` */
export function deltaKey(modelKey: string, { token, version }: BaseName, delta: number): string {
  return `${modelPrefix(modelKey)}${token}-${version}/delta/${delta}`;
}

/** Every key that a base and its deltas take, without the head. */
export function* baseKeys(modelKey: string, base: StoredBase): Generator<string> {
  for (let chunk = 0; chunk < base.chunks; chunk++) yield chunkKey(modelKey, base, chunk);
  for (const delta of base.deltas) yield deltaKey(modelKey, base, delta);
}

export function sameBase(a: BaseName, b: BaseName): boolean {
  return a.token === b.token && a.version === b.version;
}
