import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces a file as one step: after a crash at any moment it holds the old text or the new one, whole. Durable when resolved. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  const handle = await open(next, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, path);
  await syncDirectory(dirname(path));
}

/** Makes names in a directory (files made, renamed, removed) survive power loss. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
