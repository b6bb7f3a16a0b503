import type { Schema, schema } from 'avsc';
import {
  personalizerActivationV1,
  personalizerCommandV1,
  personalizerRankV1,
  personalizerRewardV1,
} from './personalizer-schemas.js';

/**
 * Avro schemas of every topic and version. A version that has been released is never edited: a change is a new version (added fields have
 * defaults), appended to its list, with a golden fixture. Timestamps are epoch milliseconds; numbers that the model learns from are doubles.
 */
const NAMESPACE = 'marquee';
const long = 'long';
const text = 'string';

const slotsV1: Schema = {
  type: 'record',
  name: 'DecisionSlots',
  doc: 'columns, packed little-endian, one entry per slot',
  fields: [
    { name: 'count', type: 'int' },
    { name: 'titleRevision', type: 'bytes', doc: 'uint32 × count' },
    { name: 'arm', type: 'bytes', doc: 'uint8 × count' },
    { name: 'propensity', type: 'bytes', doc: 'float32 × count' },
    { name: 'orderPropensity', type: 'bytes', doc: 'float32 × count' },
    { name: 'flags', type: 'bytes', doc: 'uint8 × count' },
    { name: 'offered', type: 'bytes', doc: 'maskBytes × count' },
    { name: 'maskBytes', type: 'int' },
  ],
};

const decisionV1: schema.RecordType = {
  type: 'record',
  name: 'Decision',
  namespace: NAMESPACE,
  fields: [
    { name: 'requestId', type: text },
    { name: 'memberId', type: text },
    { name: 'atMs', type: long },
    { name: 'canvas', type: text },
    { name: 'experiment', type: text },
    { name: 'variant', type: text },
    { name: 'policy', type: text },
    { name: 'snapshotVersion', type: long },
    { name: 'contextSchema', type: text },
    { name: 'epoch', type: long },
    { name: 'device', type: 'int' },
    { name: 'daypart', type: 'int' },
    { name: 'country', type: text },
    { name: 'memberVector', type: 'bytes', doc: 'float32 × E, little-endian' },
    {
      name: 'rowIds',
      type: text,
      doc: 'JSON array of strings: a corrupt Avro array length would be believed',
    },
    { name: 'rowLengths', type: 'bytes', doc: 'uint32 × rows' },
    { name: 'slots', type: slotsV1 },
  ],
};

/** v2: the order of rows, and how much each place was believed to be looked at. */
const decisionV2: Schema = {
  ...decisionV1,
  fields: [
    ...decisionV1.fields,
    { name: 'rowPropensities', type: 'bytes', default: '', doc: 'float32 × rows; empty: rows as given' },
    { name: 'rowSwaps', type: 'bytes', default: '', doc: 'float32 × rows; empty with rowPropensities' },
    { name: 'columnExamination', type: 'bytes', default: '', doc: 'float32 × columns; empty: 1 everywhere' },
    { name: 'rowExamination', type: 'bytes', default: '', doc: 'float32 × rows; empty: 1 everywhere' },
  ],
};

const impressionFieldsV1 = [
  { name: 'eventId', type: text },
  { name: 'requestId', type: text },
  { name: 'memberId', type: text },
  { name: 'slot', type: 'int' },
  { name: 'atMs', type: long },
  { name: 'receivedAtMs', type: long },
];

const impressionV1: Schema = {
  type: 'record',
  name: 'Impression',
  namespace: NAMESPACE,
  fields: impressionFieldsV1,
};

const playV1: Schema = {
  type: 'record',
  name: 'Play',
  namespace: NAMESPACE,
  fields: [
    ...impressionFieldsV1,
    { name: 'playId', type: text },
    { name: 'watchedSeconds', type: 'double' },
    { name: 'watchedFraction', type: 'double' },
  ],
};

const labelV1: schema.RecordType = {
  type: 'record',
  name: 'Label',
  namespace: NAMESPACE,
  fields: [
    { name: 'kind', type: { type: 'enum', name: 'LabelKind', symbols: ['trial', 'reward'] } },
    { name: 'requestId', type: text },
    { name: 'memberId', type: text },
    { name: 'slot', type: 'int' },
    { name: 'canvas', type: text },
    { name: 'experiment', type: text },
    { name: 'variant', type: text },
    { name: 'policy', type: text },
    { name: 'snapshotVersion', type: long },
    { name: 'contextSchema', type: text },
    { name: 'rowId', type: text },
    { name: 'position', type: 'int' },
    { name: 'titleRevision', type: long },
    { name: 'arm', type: 'int' },
    { name: 'propensity', type: 'double' },
    { name: 'flags', type: 'int' },
    { name: 'device', type: 'int' },
    { name: 'daypart', type: 'int' },
    { name: 'country', type: text },
    { name: 'memberVector', type: 'bytes', doc: 'float32 × E, little-endian' },
    { name: 'epoch', type: long },
    { name: 'impressionAtMs', type: long },
    { name: 'atMs', type: long },
    { name: 'rewardBefore', type: 'double' },
    { name: 'rewardAfter', type: 'double' },
    { name: 'watchedSeconds', type: 'double' },
  ],
};

/** v2: what the slot's examination was, and what examination is estimated from. */
const labelV2: schema.RecordType = {
  ...labelV1,
  fields: [
    ...labelV1.fields,
    { name: 'rowIndex', type: 'int', default: 0 },
    { name: 'examination', type: 'double', default: 1 },
    { name: 'swaps', type: 'bytes', default: '', doc: 'float32 × 4, or empty' },
    { name: 'neighbourRewards', type: 'bytes', default: '', doc: 'float32 × 4, or empty' },
  ],
};

/** v3: which ownership of the partition it was written under, see label-fence.ts. */
const labelV3: Schema = {
  ...labelV1,
  fields: [
    ...labelV2.fields,
    { name: 'ownerEpoch', type: long, default: 0 },
    { name: 'ownerSequence', type: long, default: 0 },
  ],
};

const claimV1: Schema = {
  type: 'record',
  name: 'Claim',
  namespace: NAMESPACE,
  doc: 'on the topic `labels`, among the labels',
  fields: [
    { name: 'partition', type: 'int' },
    { name: 'ownerEpoch', type: long },
    { name: 'owner', type: text },
    { name: 'atMs', type: long },
  ],
};

const deadLetterV1: Schema = {
  type: 'record',
  name: 'DeadLetter',
  namespace: NAMESPACE,
  fields: [
    { name: 'reason', type: text },
    { name: 'message', type: text },
    { name: 'topic', type: text },
    { name: 'partition', type: 'int' },
    { name: 'offset', type: long },
    { name: 'atMs', type: long },
    { name: 'payload', type: 'bytes' },
  ],
};

/** What is known of one kind of event: `id` goes on the wire, version v is `versions[v − 1]`, the last one is written. */
export interface EventSchemas {
  readonly name: string;
  /** 1 … 255, never reused */
  readonly id: number;
  readonly versions: readonly Schema[];
}

export const EVENT_SCHEMAS = {
  decision: { name: 'decision', id: 1, versions: [decisionV1, decisionV2] },
  impression: { name: 'impression', id: 2, versions: [impressionV1] },
  play: { name: 'play', id: 3, versions: [playV1] },
  label: { name: 'label', id: 4, versions: [labelV1, labelV2, labelV3] },
  deadLetter: { name: 'dead-letter', id: 5, versions: [deadLetterV1] },
  claim: { name: 'claim', id: 6, versions: [claimV1] },
  personalizerRank: { name: 'personalizer-rank', id: 7, versions: [personalizerRankV1] },
  personalizerReward: { name: 'personalizer-reward', id: 8, versions: [personalizerRewardV1] },
  personalizerActivation: { name: 'personalizer-activation', id: 9, versions: [personalizerActivationV1] },
  personalizerCommand: { name: 'personalizer-command', id: 10, versions: [personalizerCommandV1] },
} as const satisfies Record<string, EventSchemas>;
