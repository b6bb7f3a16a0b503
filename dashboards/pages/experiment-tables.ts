import type { MetricDifference } from '../statistics/variant-comparison.js';
import type { ExperimentResults, ExperimentVariant, TreatedVariant } from './experiment-results.js';
import { policyLook } from './policy-names.js';

/** undefined: not known (yet) */
export type Cell = string | number | undefined;

export interface Column {
  /** in exports */
  readonly key: string;
  /** on the page */
  readonly label: string;
  /** how a number reads on the page; exports have it as it is */
  readonly kind: 'text' | 'count' | 'mean' | 'share' | 'lift' | 'probability' | 'time';
}

/** What a page shows and exports alike. */
export interface ExperimentTable {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

const column = (key: string, label: string, kind: Column['kind']): Column => ({ key, label, kind });
const POLICY = [column('variant', 'Variant', 'text'), column('policy', 'Policy', 'text')] as const;
const named = ({ variant, policy }: { variant: string; policy: string }): Cell[] => [
  variant,
  policyLook(policy).label,
];
const differenceColumns = (prefix: string): Column[] => [
  column(`${prefix}Lift`, 'Lift', 'lift'),
  column(`${prefix}SequenceLow`, 'Sequence from', 'lift'),
  column(`${prefix}SequenceHigh`, 'Sequence to', 'lift'),
  column(`${prefix}SequenceP`, 'Sequence p', 'probability'),
  column(`${prefix}WelchLow`, 'One look from', 'lift'),
  column(`${prefix}WelchHigh`, 'One look to', 'lift'),
  column(`${prefix}WelchP`, 'One look p', 'probability'),
];
const differenceCells = (difference: MetricDifference | undefined): Cell[] => [
  difference?.sequence.estimate,
  difference?.sequence.low,
  difference?.sequence.high,
  difference?.sequence.pValue,
  difference?.welch.low,
  difference?.welch.high,
  difference?.welch.pValue,
];

function isTreated(variant: ExperimentVariant | TreatedVariant): variant is TreatedVariant {
  return 'verdict' in variant;
}

/** Control first. */
const inOrder = (results: ExperimentResults): (ExperimentVariant | TreatedVariant)[] => [
  results.control,
  ...results.treated,
];

function playsTable(results: ExperimentResults): ExperimentTable {
  return {
    name: 'good-plays-per-member',
    title: 'Good plays per member',
    columns: [
      ...POLICY,
      column('members', 'Members counted', 'count'),
      column('plays', 'Good plays', 'count'),
      column('playsPerMember', 'Per member', 'mean'),
      ...differenceColumns('plays'),
      column('adjustedP', 'Holm p', 'probability'),
      column('verdict', 'Verdict', 'text'),
    ],
    rows: inOrder(results).map((of) => {
      const { members, plays } = of.moments;
      return [
        ...[...named(of), members, plays, members === 0 ? undefined : plays / members],
        ...differenceCells(isTreated(of) ? of.plays : undefined),
        ...(isTreated(of)
          ? [of.plays && of.adjustedP, of.verdict.kind.replaceAll('-', ' ')]
          : [undefined, 'control']),
      ];
    }),
  };
}

function takeFractionTable(results: ExperimentResults): ExperimentTable {
  return {
    name: 'take-fraction',
    title: 'Take fraction (guardrail)',
    columns: [
      ...POLICY,
      column('impressions', 'Impressions', 'count'),
      column('takeFraction', 'Take fraction', 'share'),
      ...differenceColumns('takeFraction'),
    ],
    rows: inOrder(results).map((of) => {
      const { impressions, plays } = of.moments;
      return [
        ...[...named(of), impressions, impressions === 0 ? undefined : plays / impressions],
        ...differenceCells(isTreated(of) ? of.takeFraction : undefined),
      ];
    }),
  };
}

function splitTable({ health }: ExperimentResults): ExperimentTable {
  const total = health.variants.reduce((sum, { exposed }) => sum + exposed, 0);
  return {
    name: 'split',
    title: 'Members per variant',
    columns: [
      ...POLICY,
      column('exposed', 'Members seen', 'count'),
      column('expected', 'By the split', 'count'),
      column('share', 'Share', 'share'),
      column('expectedShare', 'Share by the split', 'share'),
    ],
    rows: health.variants.map((of) => [
      ...[...named(of), of.exposed, total * of.expected],
      ...[total === 0 ? undefined : of.exposed / total, of.expected],
    ]),
  };
}

function healthTable({ health }: ExperimentResults): ExperimentTable {
  return {
    name: 'health',
    title: 'Health',
    columns: [
      column('sampleRatioSequentialP', 'SRM p, any time', 'probability'),
      column('sampleRatioP', 'SRM p, one look', 'probability'),
      column('strayMembers', 'Members in several variants (left out)', 'count'),
    ],
    rows: [[health.sequentialP, health.fixedP, health.strayMembers]],
  };
}

function looksTable(results: ExperimentResults): ExperimentTable {
  return {
    name: 'lift-over-time',
    title: 'Lift over time',
    columns: [
      ...POLICY,
      column('untilMs', 'Until', 'time'),
      column('members', 'Members of both', 'count'),
      column('lift', 'Lift', 'lift'),
      column('low', 'Sequence from', 'lift'),
      column('high', 'Sequence to', 'lift'),
    ],
    rows: results.treated.flatMap((of) =>
      of.looks.map((look) => [
        ...[...named(of), look.untilMs, look.members],
        ...[look.estimate, look.low, look.high],
      ]),
    ),
  };
}

function segmentsTable({ segments }: ExperimentResults): ExperimentTable {
  return {
    name: 'segments',
    title: 'Segments',
    columns: [
      ...POLICY,
      column('dimension', 'By', 'text'),
      column('segment', 'Segment', 'text'),
      column('members', 'Members of both', 'count'),
      column('lift', 'Lift as measured', 'lift'),
      column('shrunkLift', 'Lift as believed', 'lift'),
      column('shrunkDeviation', '± standard error', 'share'),
      column('ownWeight', 'Weight of its own', 'share'),
    ],
    rows: segments.map((of) => [
      ...[...named(of), of.dimension, of.segment, of.controlMembers + of.members],
      ...[of.effect?.estimate, of.effect?.shrunk, of.effect?.shrunkStandardError, of.effect?.weight],
    ]),
  };
}

function noveltyTable({ novelty }: ExperimentResults): ExperimentTable {
  return {
    name: 'novelty',
    title: 'Lift by days since first exposure',
    columns: [
      ...POLICY,
      column('day', 'Day', 'count'),
      column('members', 'Members of both', 'count'),
      column('lift', 'Lift', 'lift'),
      column('standardError', '± standard error', 'share'),
    ],
    rows:
      novelty.kind === 'too-young'
        ? []
        : novelty.variants.flatMap((of) =>
            of.days.map((day) => [...named(of), day.day, day.members, day.estimate, day.standardError]),
          ),
  };
}

function sampleSizeTable({ sampleSizes }: ExperimentResults): ExperimentTable {
  return {
    name: 'sample-size',
    title: 'Sample size',
    columns: [
      ...POLICY,
      column('members', 'Members counted', 'count'),
      column('needed', 'Needed', 'count'),
      column('progress', 'Progress', 'share'),
      column('detectable', 'Smallest lift these show', 'share'),
      column('days', 'Days it takes', 'count'),
    ],
    rows: sampleSizes.map((of) => [
      ...[...named(of), of.members, of.needed, of.needed && of.members / of.needed],
      ...[of.detectable, of.days],
    ]),
  };
}

/** Every table of the page, in its order. */
export function experimentTables(results: ExperimentResults): ExperimentTable[] {
  return [
    ...[playsTable(results), takeFractionTable(results), looksTable(results), splitTable(results)],
    ...[healthTable(results), segmentsTable(results), noveltyTable(results), sampleSizeTable(results)],
  ];
}
