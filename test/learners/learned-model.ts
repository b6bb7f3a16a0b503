import { createPolicy } from '../../bandit/policies/index.js';
import { SCHEMA } from '../../feedback/join/joined-events.fixture.js';
import type { ModelSpec } from '../../feedback/update/model-spec.js';

export const LEARNED_MODEL: ModelSpec = {
  key: 'home/personal',
  policy: createPolicy('linear-thompson', {}, SCHEMA.dimension),
  target: 'artwork',
  learnsFrom: () => true,
  lambda: 1,
  halfLifeMs: 3_600_000,
};
