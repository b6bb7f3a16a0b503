import type { Schema } from 'avsc';

/** Avro schemas of the topic `personalizer`; the rules of schemas.ts hold. */
const NAMESPACE = 'marquee';
const long = 'long';
const text = 'string';

export const personalizerRankV1: Schema = {
  type: 'record',
  name: 'PersonalizerRank',
  namespace: NAMESPACE,
  fields: [
    { name: 'eventId', type: text },
    { name: 'atMs', type: long },
    { name: 'request', type: text, doc: 'JSON: context, actions, excluded, slots as they were asked for' },
    { name: 'chosen', type: 'bytes', doc: 'uint8 × slots: index of the action' },
    { name: 'propensities', type: 'bytes', doc: 'float32 × slots × actions, little-endian' },
    { name: 'mode', type: text },
    { name: 'deferred', type: 'boolean' },
    { name: 'foldedTo', type: long, doc: 'offset on this topic up to which the model had learned' },
    { name: 'featureSchema', type: text },
  ],
};

export const personalizerRewardV1: Schema = {
  type: 'record',
  name: 'PersonalizerReward',
  namespace: NAMESPACE,
  fields: [
    { name: 'eventId', type: text },
    { name: 'atMs', type: long },
    {
      name: 'rewards',
      type: text,
      doc: 'JSON: [slot id, value] each; the slot of a single-slot event is ""',
    },
  ],
};

export const personalizerActivationV1: Schema = {
  type: 'record',
  name: 'PersonalizerActivation',
  namespace: NAMESPACE,
  fields: [
    { name: 'eventId', type: text },
    { name: 'atMs', type: long },
  ],
};

export const personalizerCommandV1: Schema = {
  type: 'record',
  name: 'PersonalizerCommand',
  namespace: NAMESPACE,
  doc: 'what an operator changed, in its place among the events',
  fields: [
    { name: 'kind', type: text },
    { name: 'atMs', type: long },
    { name: 'body', type: text, doc: 'JSON' },
    { name: 'payload', type: 'bytes' },
  ],
};
