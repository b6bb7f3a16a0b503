import { setTimeout as wait } from 'node:timers/promises';
import type { Rng } from '../../core/rng.js';
import type { Load } from './load.js';
import type { SmallDisk } from './small-disk.js';
import type { VictimProcess } from './victim-process.js';

/** Where a fault strikes: a service under load. It leaves a process that has ended. */
export interface Scene {
  readonly victim: VictimProcess;
  readonly load: Load;
  readonly rng: Rng;
  readonly disk: SmallDisk;
}

/** Random moments are times on purpose: the seed says which, and whatever happens there must be survived. */
const randomly = (rng: Rng, mostMs: number): Promise<void> => wait(mostMs * rng.uniform());

async function killed({ victim }: Scene): Promise<void> {
  victim.signal('SIGKILL');
  await victim.exited;
}

function killEngine(victim: VictimProcess): void {
  const pid = victim.enginePid();
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It ended by itself since it was looked for.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export const FAULTS = {
  /** kill -9 of the service; the engine of the tables notices and ends by itself */
  kill: killed,

  /** both at once, as when the machine's memory runs out */
  async 'kill-both'(scene) {
    killEngine(scene.victim);
    await killed(scene);
  },

  /** kill -9 of the engine of the tables under a service that goes on; then of the service */
  async 'kill-engine'(scene) {
    killEngine(scene.victim);
    await scene.load.after(1 + scene.rng.below(60));
    await killed(scene);
  },

  /** frozen, thawed, under load again, killed */
  async freeze(scene) {
    scene.victim.signal('SIGSTOP');
    await randomly(scene.rng, 1_500);
    scene.victim.signal('SIGCONT');
    await scene.load.after(1 + scene.rng.below(60));
    await killed(scene);
  },

  /** killed while it is frozen */
  async 'freeze-kill'(scene) {
    scene.victim.signal('SIGSTOP');
    await randomly(scene.rng, 300);
    await killed(scene);
  },

  /** the disk is full for a while: writes fail, the service refuses; it is killed and starts with room again */
  async 'disk-full'(scene) {
    scene.disk.fill(scene.rng.below(64) * 1024);
    await scene.load.after(20 + scene.rng.below(80));
    await killed(scene);
    scene.disk.free();
  },

  /** the disk is full, the service stopped in order, as far as it can */
  async 'disk-full-stop'(scene) {
    scene.disk.fill(scene.rng.below(64) * 1024);
    await scene.load.after(20 + scene.rng.below(80));
    await scene.victim.stopped();
    scene.disk.free();
  },

  /** room is back before the service is killed */
  async 'disk-full-passing'(scene) {
    scene.disk.fill(scene.rng.below(64) * 1024);
    await scene.load.after(10 + scene.rng.below(40));
    scene.disk.free();
    await scene.load.after(1 + scene.rng.below(40));
    await killed(scene);
  },

  /** SIGTERM in the middle of it: the only end that may be called orderly */
  async stop(scene) {
    const { code, signal } = await scene.victim.stopped();
    if (code !== 0)
      throw new Error(`stopped in order, it ended with ${signal ?? code}:\n${scene.victim.printed}`);
  },
} as const satisfies Record<string, (scene: Scene) => Promise<void>>;

export type Fault = keyof typeof FAULTS;

/** How often each is drawn, relative to the others. */
const WEIGHTS: Readonly<Record<Fault, number>> = {
  kill: 6,
  'kill-both': 3,
  'kill-engine': 2,
  freeze: 2,
  'freeze-kill': 1,
  'disk-full': 2,
  'disk-full-stop': 1,
  'disk-full-passing': 2,
  stop: 1,
};

export function drawFault(rng: Rng): Fault {
  const entries = Object.entries(WEIGHTS) as [Fault, number][];
  let left = rng.uniform() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [fault, weight] of entries) {
    left -= weight;
    if (left < 0) return fault;
  }
  return 'kill';
}
