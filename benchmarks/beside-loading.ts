import { MAX_ARMS } from '../bandit/policy.js';
import type { ServedModel } from '../src/pipeline/models.js';
import type { Durations } from './load/percentiles.js';
import { BASE_SCHEMA } from './snapshot-base.js';

const PAGE_INTERVAL_MS = 5;
const PAGE_TITLES = 40;
const TITLE_ARTWORKS = 8;
const PAGE_ROWS = 40_000;

/** Scores the artworks of a row of 40 titles every 5 ms, due whether the ones before were late or not. */
export function servePages(served: () => ServedModel, durations: Durations): { stop(): void } {
  const slate = {
    size: TITLE_ARTWORKS,
    rows: new Int32Array(MAX_ARMS),
    contexts: new Float32Array(MAX_ARMS * BASE_SCHEMA.dimension).fill(0.1),
  };
  const scores = {
    means: new Float64Array(MAX_ARMS),
    deviations: new Float64Array(MAX_ARMS),
    propensities: new Float64Array(MAX_ARMS),
  };
  let dueMs = performance.now() + PAGE_INTERVAL_MS;
  let timer: NodeJS.Timeout;
  const serve = (): void => {
    const { policy, model } = served();
    for (; dueMs <= performance.now(); dueMs += PAGE_INTERVAL_MS) {
      for (let title = 0; title < PAGE_TITLES; title++) {
        for (let a = 0; a < TITLE_ARTWORKS; a++) slate.rows[a] = (title * 997 + a) % PAGE_ROWS;
        policy.score(model, slate, scores);
      }
      durations.add(performance.now() - dueMs);
    }
    timer = setTimeout(serve, dueMs - performance.now());
  };
  timer = setTimeout(serve, PAGE_INTERVAL_MS);
  return {
    stop() {
      clearTimeout(timer);
    },
  };
}
