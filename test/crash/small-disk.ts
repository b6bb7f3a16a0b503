import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Room for a generation of rounds; taken only as it is used. */
const DISK_BYTES = 2 ** 30;
const PAGE_BYTES = 4096;

/** A disk of its own in memory, which can be made full while it is written to. */
export interface SmallDisk {
  readonly path: string;
  /** Leaves this many bytes free: what comes after them is refused with ENOSPC. */
  fill(freeBytes: number): void;
  free(): void;
  unmount(): void;
}

/** Why there can be none here; undefined: there can. */
export function smallDiskObstacle(): string | undefined {
  if (process.platform !== 'linux')
    return `a tmpfs is mounted on Linux only, and this is ${process.platform}`;
  return process.getuid?.() === 0 ? undefined : 'only root may mount a tmpfs';
}

/** Mounts a tmpfs, or goes on with the one that is mounted there. */
export function smallDisk(directory: string): SmallDisk {
  const path = resolve(directory);
  mkdirSync(path, { recursive: true });
  const resize = (bytes: number): void => run('mount', ['-o', `remount,size=${bytes}`, path]);
  if (isMounted(path)) resize(DISK_BYTES);
  else run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'marquee-crash', path]);
  return {
    path,
    fill(freeBytes) {
      // The limit cannot go below what is used, and the service goes on using: look again, a little higher.
      for (let slack = PAGE_BYTES; slack < DISK_BYTES; slack *= 2) {
        const { blocks, bfree, bsize } = statfsSync(path);
        const size = (blocks - bfree) * bsize + freeBytes + slack;
        if (spawnSync('mount', ['-o', `remount,size=${size}`, path]).status === 0) return;
      }
      throw new Error(`the disk at ${path} could not be made full`);
    },
    free: () => resize(DISK_BYTES),
    unmount: () => run('umount', ['-l', path]),
  };
}

function isMounted(path: string): boolean {
  return readFileSync('/proc/mounts', 'utf8').includes(` ${path} tmpfs `);
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
