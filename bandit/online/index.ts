/** Bandits that learn example by example, for use without the service. */
export { Bandit, createBandit, restoreBandit, type LearnOptions } from './bandit.js';
export type { Choice } from './choice.js';
export { OnlineRidge, type OnlineRidgeOptions } from './online-ridge.js';
export type { BanditOptions } from './options.js';
export type { SharedBlockOptions } from './shared-block.js';
export type { Context, Contexts } from './slate-buffers.js';
