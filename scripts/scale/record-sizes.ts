import { asId, type EventId, type MemberId, type RequestId } from '../../core/ids.js';
import { DEFAULT_THEMES } from '../../features/default-themes.js';
import { encodeDecision, encodeImpression, encodeLabel, encodePlay } from '../../feedback/events/avro.js';
import type { DecisionEvent, ImpressionEvent, LabelEvent } from '../../feedback/events/events.js';

export interface RecordSizes {
  readonly decisionOfPage: number;
  readonly decisionOfRow: number;
  readonly impression: number;
  readonly play: number;
  readonly label: number;
}

/** 128 random bits, as the service makes them */
const REQUEST = asId<RequestId>('AAAAAAAAAAAAAAAAAAAAAA');
const MEMBER = asId<MemberId>('0f8fad5b-d9cb-469f-a165-70867728950e');
const AT_MS = 1_794_694_400_000;

const SERVED = {
  ...{ requestId: REQUEST, memberId: MEMBER, canvas: 'home', experiment: 'artwork', variant: 'personal' },
  ...{ policy: 'squarecb', snapshotVersion: 1_000_000, contextSchema: 'c0ffeec0ffee', epoch: 20_000 },
  ...{ device: 1, daypart: 2, country: 'GB', memberVector: new Float32Array(DEFAULT_THEMES.length) },
};
const REPORT: ImpressionEvent = {
  ...{ eventId: asId<EventId>(`${REQUEST}:123`), requestId: REQUEST, memberId: MEMBER },
  ...{ slot: 123, atMs: AT_MS, receivedAtMs: AT_MS },
};

/** Bytes of each record by encoding one like those of the benchmarks: ids as long as the service's, the default themes, 8 artworks a title. */
export function recordSizes(): RecordSizes {
  return {
    decisionOfPage: encodeDecision(decisionOf(20, 40)).length,
    decisionOfRow: encodeDecision(decisionOf(1, 40)).length,
    impression: encodeImpression(REPORT).length,
    play: encodePlay({ ...REPORT, playId: '1', watchedSeconds: 4_200.5, watchedFraction: 0.7 }).length,
    label: encodeLabel(LABEL).length,
  };
}

function decisionOf(rows: number, perRow: number): DecisionEvent {
  const count = rows * perRow;
  return {
    ...SERVED,
    atMs: AT_MS,
    rowIds: Array.from({ length: rows }, (_, r) => `row-${r}`),
    rowLengths: new Array<number>(rows).fill(perRow),
    rowPropensities: new Float32Array(0),
    rowSwaps: new Float32Array(0),
    columnExamination: new Float32Array(0),
    rowExamination: new Float32Array(0),
    slots: {
      ...{ count, maskBytes: 1 },
      titleRevision: new Uint32Array(count),
      arm: new Uint8Array(count),
      propensity: new Float32Array(count),
      orderPropensity: new Float32Array(count),
      flags: new Uint8Array(count),
      offered: new Uint8Array(count),
    },
  };
}

const LABEL: LabelEvent = {
  ...SERVED,
  ...{ kind: 'trial', slot: 123, rowId: 'row-3', position: 3, rowIndex: 3, titleRevision: 12_345, arm: 3 },
  ...{ propensity: 0.25, flags: 0, examination: 1, swaps: new Float32Array(4) },
  ...{ impressionAtMs: AT_MS, atMs: AT_MS, rewardBefore: 0, rewardAfter: 0, watchedSeconds: 0 },
  ...{ neighbourRewards: new Float32Array(4), ownerEpoch: 100, ownerSequence: 1_000_000_000 },
};
