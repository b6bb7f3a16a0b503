import type { JoinSettings } from './join-outcome.js';
import type { OpenJoin } from './open-join.js';

type Windows = Pick<JoinSettings, 'attributionWindowMs' | 'slackMs' | 'orphanHoldMs'>;

/** Latest time there is, as in ECMAScript; the first is 0. */
export const LAST_TIME_MS = 8.64e15;

/** Joins are filed under so coarse times that many share an entry, and so fine ones that none is looked at much too late. */
const FINEST_MS = 1_000;
const COARSEST_MS = 60_000;

/** Have the windows closed within which events of the join count? */
export function isPastItsWindows(join: OpenJoin, horizonMs: number, windows: Windows): boolean {
  return closesAtMs(join, Infinity, windows) < horizonMs;
}

/**
 * When the join has to be looked at: its windows close, or the first of the events that wait has waited too long.
 *
 * @param nowMs what claims to be from later counts as from now
 */
export function deadlineOf(join: OpenJoin, windows: Windows, nowMs = Infinity): number {
  if (join.decision !== undefined) return closesAtMs(join, nowMs, windows);
  const waits = join.held.map(({ receivedAtMs }) => Math.min(receivedAtMs, nowMs) + windows.orphanHoldMs);
  if (join.slots.size > 0) waits.push(closesAtMs(join, nowMs, windows));
  return Math.min(...waits);
}

/** The first time to look at what has this deadline. */
export function dueAfter(deadlineMs: number, windows: Windows): number {
  const { attributionWindowMs, slackMs, orphanHoldMs } = windows;
  const shortest = Math.min(attributionWindowMs + slackMs, orphanHoldMs);
  const stepMs = Math.min(COARSEST_MS, Math.max(FINEST_MS, Math.ceil(shortest / 10)));
  const clamped = Math.min(LAST_TIME_MS, Math.max(0, deadlineMs));
  return (Math.floor(clamped / stepMs) + 1) * stepMs;
}

function closesAtMs(join: OpenJoin, nowMs: number, { attributionWindowMs, slackMs }: Windows): number {
  const lastAtMs = Math.max(join.decision?.atMs ?? -Infinity, join.lastImpressionAtMs);
  return Math.min(lastAtMs, nowMs) + attributionWindowMs + slackMs;
}
