import { shown } from '../../core/errors.js';
import { PersonalizerError } from './personalizer-errors.js';
import type { PolicySettings } from './service-settings.js';

/** What the learning settings of this server are; all have a value. */
const FLAGS: ReadonlyMap<string, (value: number) => boolean> = new Map([
  ['lambda', (v) => v > 0 && v <= 1e6],
  ['gamma', (v) => v > 0 && v <= 1e6],
  ['growth', (v) => v >= 0 && v <= 1],
]);
const EXPECTED = '--lambda above 0, --gamma above 0, --growth in [0, 1]';

export function formatArguments({ lambda, gamma, growth }: PolicySettings['model']): string {
  return `--lambda ${lambda} --gamma ${gamma} --growth ${growth}`;
}

/**
 * Learning settings from the text that the API has for them, where Personalizer had Vowpal Wabbit's. What is not said is as it is by default.
 *
 * @throws PersonalizerError `InvalidPolicyConfiguration`, for Vowpal Wabbit's too
 */
export function parseArguments(text: string, defaults: PolicySettings['model']): PolicySettings['model'] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const settings: Record<string, number> = { ...defaults };
  for (let i = 0; i < words.length; i += 2) {
    const name = words[i]!.replace(/^--/, '');
    const value = Number(words[i + 1] ?? NaN);
    if (!words[i]!.startsWith('--') || FLAGS.get(name)?.(value) !== true)
      throw new PersonalizerError(
        'InvalidPolicyConfiguration',
        `arguments has ${shown(words.slice(i, i + 2).join(' '))}; expected some of ${EXPECTED}: this server does not learn with Vowpal Wabbit`,
      );
    settings[name] = value;
  }
  return { lambda: settings['lambda']!, gamma: settings['gamma']!, growth: settings['growth']! };
}
