import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { AppError } from '../../../core/errors.js';

export interface OwnedDirectory {
  release(): Promise<void>;
}

/**
 * Makes the directory if missing and takes it for this process, by the operating system's own lock on `owner.lock`: an open file description
 * lock on Linux, flock on macOS, LockFileEx on Windows. The kernel drops it with the process however that ends (kill -9, a crash, a power
 * cut), so there is no stale lock to tell from a live one and a reused pid misleads nobody: the pid in the file is only what the
 * refusal names. It holds against other processes and against a second opener in the same one.
 *
 * @throws AppError `store/owned` naming the owner's pid
 */
export async function ownDirectory(directory: string): Promise<OwnedDirectory> {
  await mkdir(directory, { recursive: true });
  const handle = await open(join(directory, 'owner.lock'), 'a+');
  try {
    if (!tryLock(handle.fd)) {
      const owner = (await handle.readFile('utf8')).trim();
      throw new AppError(
        'store/owned',
        `${directory} is in use by process ${owner || '(starting)'}; expected one owner`,
        { owner },
      );
    }
    await handle.truncate(0);
    await handle.write(`${process.pid}\n`);
  } catch (cause) {
    await handle.close();
    throw cause;
  }
  return { release: () => handle.close() };
}
