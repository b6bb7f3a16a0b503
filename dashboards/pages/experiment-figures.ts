import { dotWhisker } from '../charts/dot-whisker.js';
import { lineWithBand } from '../charts/line-with-band.js';
import type { ExperimentResults, TreatedVariant } from './experiment-results.js';
import { html, type Html } from './html.js';
import type { ResultsSize } from './live-results.js';
import { liftText } from './number-words.js';
import { policyLook } from './policy-names.js';

const TIME_UNITS = [
  [3 * 86_400_000, 86_400_000, 'd'],
  [3 * 3_600_000, 3_600_000, 'h'],
  [3 * 60_000, 60_000, 'min'],
] as const;

interface Ends {
  readonly min: number;
  readonly max: number;
}

/** Ends of an axis with all intervals and 0 on it. */
function endsOf(treated: readonly TreatedVariant[]): Ends {
  const ends = treated.flatMap(({ plays }) =>
    plays === undefined ? [] : [plays.sequence.low, plays.sequence.high, plays.welch.low, plays.welch.high],
  );
  const [min, max] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const pad = Math.max(0.005, (max - min) * 0.06);
  return { min: min - pad, max: max + pad };
}

function effectLine({ policy, plays }: TreatedVariant, results: ExperimentResults, ends: Ends): Html {
  const { label, className } = policyLook(policy);
  const than = policyLook(results.control.policy).label;
  const percent = results.settings.confidence * 100;
  if (plays === undefined)
    return html`<li class="effect ${className}">
      <span><span class="dot" aria-hidden="true"></span>${label}</span>
      <span class="muted">not enough data yet</span>
    </li>`;
  const { estimate, low, high } = plays.sequence;
  const said = `${label} against ${than}: ${liftText(estimate)}, ${percent} % sequence ${liftText(low)} to ${liftText(high)}`;
  return html`<li class="effect ${className}">
    <span><span class="dot" aria-hidden="true"></span>${label}</span>
    ${dotWhisker({ mean: estimate, low, high, ...ends, reference: 0, label: said, className })}
    <span class="effect-number"
      ><strong>${liftText(estimate)}</strong>
      <span class="muted">${liftText(low)} to ${liftText(high)}</span></span
    >
  </li>`;
}

/** Each variant's lift now, with what may be claimed of it at any time. */
export function effectsNow(results: ExperimentResults): Html {
  const ends = endsOf(results.treated);
  return html`<ul class="effects">
    ${results.treated.map((variant) => effectLine(variant, results, ends))}
  </ul>`;
}

/** Lift with its sequence, look after look. */
export function liftOverTime(results: ExperimentResults, size: ResultsSize): Html {
  const { treated, period, asOfMs, settings, control } = results;
  const [, unitMs, unit] = TIME_UNITS.find(([from]) => asOfMs - period.firstAtMs >= from) ?? [0, 1_000, 's'];
  const than = policyLook(control.policy).label;
  return lineWithBand({
    id: 'lift-over-time',
    title: `Lift in good plays per member over ${than}, over time`,
    description: `Relative difference to ${than} with its ${settings.confidence * 100} % confidence sequence, at each look since the first impression. Its table has the same numbers.`,
    ...(size === 'narrow' ? { width: 380, height: 230, xTicks: 4 } : { width: 1000, height: 360, xTicks: 8 }),
    reference: 0,
    series: treated.map(({ policy, looks }) => ({
      label: policyLook(policy).label,
      className: policyLook(policy).className,
      points: looks.map(({ untilMs, estimate, low, high }) => ({
        ...{ x: (untilMs - period.firstAtMs) / unitMs, y: estimate },
        ...{ low, high },
      })),
    })),
    formatX: (x) => `${x} ${unit}`,
    formatY: (y) => `${Math.round(y * 1_000) / 10} %`,
  });
}
