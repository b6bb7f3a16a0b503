import type { ComparedVariant } from '../deps.js';
import { effectsNow, liftOverTime } from './experiment-figures.js';
import type { ExperimentResults } from './experiment-results.js';
import { shownTable } from './shown-table.js';
import { experimentTables, type ExperimentTable } from './experiment-tables.js';
import { experimentVerdict } from './experiment-verdict.js';
import { html, type Html } from './html.js';
import { layout, topBar, type PageFrameOptions } from './layout.js';
import type { ResultsSize } from './live-results.js';
import { countText, durationText, effectText, probabilityText } from './number-words.js';
import { policyLook } from './policy-names.js';

/** Windows offered beside the configured one: a minute for a demo, a week for a service. */
export const WINDOWS_MS = [60_000, 600_000, 3_600_000, 86_400_000, 604_800_000] as const;

export interface ExperimentPage extends PageFrameOptions {
  readonly results: ExperimentResults;
  readonly variants: readonly ComparedVariant[];
  readonly size: ResultsSize;
}

/** What the address says, so that a link shows the same to everybody. */
const queryOf = (windowMs: number, control: string): string =>
  `?windowMs=${windowMs}&control=${encodeURIComponent(control)}`;

function choices({ results, variants }: ExperimentPage): Html {
  const { settings, control } = results;
  const windows = [...new Set<number>([settings.windowMs, ...WINDOWS_MS])].sort((a, b) => a - b);
  const link = (query: string, label: string, isCurrent: boolean): Html =>
    html`<a href="/experiment${query}" ${isCurrent ? html`aria-current="true"` : ''}>${label}</a>`;
  return html`<p class="experiment-links">
      <span class="muted">Window after first exposure:</span>
      ${windows.map((ms) => link(queryOf(ms, control.variant), durationText(ms), ms === settings.windowMs))}
    </p>
    <p class="experiment-links">
      <span class="muted">Compared with:</span>
      ${variants.map(({ variant, policy }) =>
        link(queryOf(settings.windowMs, variant), policyLook(policy).label, variant === control.variant),
      )}
    </p>`;
}

function verdictBox(page: ExperimentPage): Html {
  const { results } = page;
  const { settings, period, asOfMs } = results;
  const { kind, headline, others } = experimentVerdict(results);
  const counted = [results.control, ...results.treated].reduce((sum, of) => sum + of.moments.members, 0);
  const asOf = period.storedRows === 0 ? '' : ` As of ${new Date(asOfMs).toISOString().slice(0, 19)}Z.`;
  return html`<section class="verdict verdict-${kind}" aria-labelledby="verdict-heading">
    <h2 id="verdict-heading">Verdict</h2>
    <p class="verdict-headline">${headline}</p>
    ${
      others.length === 0
        ? ''
        : html`<ul>
            ${others.map((sentence) => html`<li>${sentence}</li>`)}
          </ul>`
    }
    <p class="fine">
      ${countText(counted)} members counted: each enters once, when a window of
      ${durationText(settings.windowMs)} after their first exposure is over, with what they did in it.${asOf}
      Control: the variant chosen in the address, else the first uniform one, else the first that is the same
      for everybody, else the first. Choose window and control before looking at results.
    </p>
    ${choices(page)}
  </section>`;
}

interface Figure {
  readonly id: string;
  readonly heading: string;
  readonly chart?: Html;
  readonly words: Html | string;
  readonly tables: readonly ExperimentTable[];
  /** a long table is opened by whoever wants it */
  readonly folded?: boolean;
}

function figure({ id, heading, chart, words, tables, folded }: Figure, query: string): Html {
  const shown = tables.filter(({ rows }) => rows.length > 0).map((table) => shownTable(table, query));
  return html`<section class="figure" aria-labelledby="${id}-heading">
    <h2 id="${id}-heading">${heading}</h2>
    ${
      chart === undefined
        ? html`<p class="fine">${words}</p>`
        : html`<figure>
            ${chart}
            <figcaption class="fine">${words}</figcaption>
          </figure>`
    }
    ${
      folded === true && shown.length > 0
        ? html`<details>
            <summary>The numbers</summary>
            ${shown}
          </details>`
        : shown
    }
  </section>`;
}

function noveltyWords({ novelty, settings }: ExperimentResults): string {
  if (novelty.kind === 'too-young')
    return `Not shown: it takes two days of data, and there is ${novelty.observedMs < 1_000 ? 'none yet' : `${durationText(novelty.observedMs)} of it`}.`;
  const trends = novelty.variants.map(({ policy, trend }) => {
    const { label } = policyLook(policy);
    if (trend === undefined) return `${label}: a line needs three days.`;
    const isSlope = trend.pValue < 1 - settings.confidence;
    const way = !isSlope ? 'no trend found' : trend.slope < 0 ? 'it wears off' : 'it grows';
    return `${label}: ${way} (p ${probabilityText(trend.pValue)}).`;
  });
  return `${trends.join(' ')} Days share members: a reason to look, not a proof.`;
}

function figures(page: ExperimentPage): Figure[] {
  const { results, size } = page;
  const { settings, control, health } = results;
  const tables = experimentTables(results);
  const table = (...names: string[]): ExperimentTable[] => tables.filter(({ name }) => names.includes(name));
  const percent = settings.confidence * 100;
  const than = policyLook(control.policy).label;
  return [
    {
      id: 'effects',
      heading: `Lift over ${than}, now`,
      chart: effectsNow(results),
      words: `Relative difference in good plays per member, with ${percent} % confidence sequences: they hold however often one looks. “One look” is Welch’s interval, right once, at the moment planned beforehand. Holm p: the sequence’s p, adjusted for the number of variants; a variant is found better or worse only by it. Guardrail: the take fraction may not be more than ${effectText(settings.guardrailMargin)} lower.`,
      tables: table('good-plays-per-member', 'take-fraction'),
    },
    {
      id: 'looks',
      heading: 'Lift over time',
      chart: liftOverTime(results, size),
      words: `Each look is over all members counted until then. The early band is cut off where it is wider than the chart.`,
      tables: table('lift-over-time'),
      folded: true,
    },
    {
      id: 'split',
      heading: 'Is the split as it should be?',
      words: `Sample ratio mismatch: p ${probabilityText(health.sequentialP)} over all looks (below ${settings.sampleRatioAlpha} the split is off), p ${probabilityText(health.fixedP)} for this one look by χ². Shares without weights in the configuration are taken as equal.`,
      tables: table('split', 'health'),
    },
    {
      id: 'segments',
      heading: 'Segments',
      words: `By the device and country of the first exposure, the five largest of each. Measured in one look; believed: drawn towards what the segments have in common, by as much as their spread is noise. None of them is a verdict.`,
      tables: table('segments'),
    },
    { id: 'novelty', heading: 'Does it wear off?', words: noveltyWords(results), tables: table('novelty') },
    {
      id: 'sample-size',
      heading: 'How far along is it?',
      words: `Members needed to find ${effectText(settings.minEffect)} with probability 0.8 in one planned look at ${percent} %. The sequence, which may be looked at all the time, needs about three times as many.`,
      tables: table('sample-size'),
    },
  ];
}

/** The Experiment page. Complete without script. */
export function experimentPage(page: ExperimentPage): string {
  const { results } = page;
  const query = queryOf(results.settings.windowMs, results.control.variant);
  return layout({
    title: 'Experiment · Marquee',
    theme: page.theme,
    assets: page.assets,
    modules: ['live-page', 'api', 'live-section', 'theme-toggle'],
    header: topBar('experiment', html``),
    body: html`<main id="main" class="live-page experiment-page">
      <h1>Experiment</h1>
      <p class="lede">
        “${results.experiment}”: members are split among policies; is one of them better, by more than chance?
        <a href="/experiment.json${query}">All tables as JSON</a> ·
        <a href="/experiment.csv${query}">as CSV</a>
      </p>
      ${verdictBox(page)} ${figures(page).map((of) => figure(of, query))}
    </main>`,
  });
}
