import type { Config } from '../config.js';
import { DEFAULT_LAMBDA } from '../config-schema.js';

/** The effective configuration, with more overrides laid over what the command line said. */
export type ConfigWith = (more: Readonly<Record<string, unknown>>) => Config;

/** Members are split among the three policies; all rows are ordered by one shared policy, so the variants differ by artwork alone. */
export const EXPERIMENT = {
  id: 'demo',
  variants: [
    { id: 'uniform', weight: 1, policy: 'uniform' },
    { id: 'best-unpersonalised', weight: 1, policy: 'best-unpersonalised' },
    { id: 'contextual', weight: 1, policy: 'linear-thompson', settings: { lambda: DEFAULT_LAMBDA } },
  ],
};
