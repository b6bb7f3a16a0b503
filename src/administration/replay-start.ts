import { InvalidArgumentError } from 'commander';
import { shown } from '../../core/errors.js';
import type { ReplayStart } from '../../feedback/update/replay-labels.js';

const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** `--from`: `earliest`, an offset, or an ISO 8601 time; one without a zone is in UTC. */
export function replayStart(text: string): ReplayStart {
  if (text === 'earliest') return { kind: 'earliest' };
  if (/^\d{1,15}$/.test(text)) return { kind: 'offset', offset: Number(text) };
  const isZoned = /T.*(Z|[+-]\d\d:\d\d)$/.test(text);
  const atMs = ISO_TIME.test(text) ? Date.parse(isZoned || !text.includes('T') ? text : `${text}Z`) : NaN;
  if (!Number.isFinite(atMs))
    throw new InvalidArgumentError(
      `${shown(text)}; expected earliest, an offset, or a time like 2026-01-31T18:00:00Z`,
    );
  return { kind: 'time', atMs };
}
