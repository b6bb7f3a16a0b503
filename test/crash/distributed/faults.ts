import { setTimeout as wait } from 'node:timers/promises';
import type { Rng } from '../../../core/rng.js';
import type { Load } from '../load.js';
import { PROCESSES, SESSION_TIMEOUT_MS, type Processes, type ProcessName } from './processes.js';
import type { Servers } from './servers.js';

/** Where a fault strikes: everything running, under load. It leaves the servers up; processes may have ended. */
export interface DistributedScene {
  readonly processes: Processes;
  readonly servers: Servers;
  readonly loads: readonly Load[];
  readonly rng: Rng;
  /** how long ClickHouse is down; default in the proof: two minutes */
  readonly clickhouseAwayMs: number;
}

const LEARNERS: readonly ProcessName[] = ['learn-1', 'learn-2'];
const SERVING: readonly ProcessName[] = ['serve-1', 'serve-2'];
const one = (rng: Rng, of: readonly ProcessName[]): ProcessName => of[rng.below(of.length)]!;
/** Until any of the loads has made so many more calls: one whose process is gone makes its own, refused. */
const after = ({ loads, rng }: DistributedScene, most: number): Promise<void> =>
  Promise.race(loads.map((load) => load.after(1 + rng.below(most))));

export const DISTRIBUTED_FAULTS = {
  async 'kill-learner'(scene) {
    await scene.processes.kill(one(scene.rng, LEARNERS));
    await after(scene, 80);
  },

  async 'kill-serving'(scene) {
    await scene.processes.kill(one(scene.rng, SERVING));
    await after(scene, 80);
  },

  async 'kill-sink'(scene) {
    await scene.processes.kill('sink');
    await after(scene, 80);
  },

  /** every process of ours at once */
  async 'kill-all'(scene) {
    await Promise.all(PROCESSES.map((name) => scene.processes.kill(name)));
  },

  /** a learner stands still for longer than its session: others get its partitions, then it wakes and still believes that they are its own */
  async 'freeze-learner'(scene) {
    const victim = scene.processes.victim(one(scene.rng, LEARNERS));
    victim.signal('SIGSTOP');
    await wait(SESSION_TIMEOUT_MS + 3_000 * scene.rng.uniform());
    victim.signal('SIGCONT');
    await after(scene, 80);
  },

  /** kill -9 of the broker, or a stop in order, under load; it comes back with what it had */
  async 'broker-restart'(scene) {
    await scene.servers.stopKafka(scene.rng.uniform() < 0.5 ? 'SIGKILL' : 'SIGTERM');
    await wait(2_000 * scene.rng.uniform());
    await scene.servers.startKafka();
    await after(scene, 40);
  },

  /** Redis comes back with nothing in it */
  async 'redis-emptied'(scene) {
    await scene.servers.stopRedis({ keep: false });
    await wait(1_000 * scene.rng.uniform());
    await scene.servers.startRedis();
    await after(scene, 80);
  },

  async 'redis-restart'(scene) {
    await scene.servers.stopRedis({ keep: true });
    await wait(1_000 * scene.rng.uniform());
    await scene.servers.startRedis();
    await after(scene, 80);
  },

  async 'clickhouse-away'(scene) {
    await scene.servers.stopClickHouse();
    await wait(scene.clickhouseAwayMs);
    await scene.servers.startClickHouse();
    await after(scene, 40);
  },

  /** ClickHouse away, and the sink killed while it holds what it could not write */
  async 'clickhouse-away-kill-sink'(scene) {
    await scene.servers.stopClickHouse();
    await after(scene, 80);
    await scene.processes.kill('sink');
    await wait(1_000 * scene.rng.uniform());
    await scene.servers.startClickHouse();
  },
} as const satisfies Record<string, (scene: DistributedScene) => Promise<void>>;

export type DistributedFault = keyof typeof DISTRIBUTED_FAULTS;

/** In turn, so that thirty rounds have three of each. */
export const ALL_DISTRIBUTED = Object.keys(DISTRIBUTED_FAULTS) as readonly DistributedFault[];
