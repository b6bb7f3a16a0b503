import type { Device, Member } from '../../client/types.js';
import { DEVICES } from '../../client/types.js';
import type { Rng } from '../../core/rng.js';
import { DEMO_COUNTRIES } from '../catalogue/titles.js';
import { declareTaste, drawTaste, tasteWords } from './taste.js';

/** A simulated member, hidden side included. The service is told only `member`. */
export interface SimulatedMember {
  readonly member: Member;
  /** shape (E): taste when the world begins, and the one it drifts towards */
  readonly tasteAtStart: Float64Array;
  readonly tasteLater: Float64Array;
  readonly country: string;
  readonly language: string;
  /** shape (3): how often each of DEVICES is used; sums to 1 */
  readonly deviceShares: readonly number[];
  /** visits per day */
  readonly visitsPerDay: number;
  /** multiplies every chance of a play; mean 1 */
  readonly appetite: number;
  /** would have watched anyway: the picture changes nothing */
  readonly indifferent: boolean;
}

export interface MemberOptions {
  /** share of members who told the service something about their taste; default 0.7 */
  readonly declaredShare: number;
  /** standard deviation of what they said around their taste; default 0.12 */
  readonly declaredNoise: number;
  /** share of members who would have watched anyway, whatever the picture; default 0.12 */
  readonly indifferentShare: number;
}

/** Shared accounts of households with children see titles up to this age only. */
const CHILD_LIMIT_SHARE = 0.05;
const CHILD_LIMIT = 12;
/** The appetite is log-normal with this deviation (of the log) and mean 1. */
const APPETITE_SIGMA = 0.2;
const LANGUAGES: Readonly<Record<string, string>> = {
  US: 'en',
  GB: 'en',
  DE: 'de',
  FR: 'fr',
  BR: 'pt',
  IN: 'hi',
  JP: 'ja',
};

export function drawMembers(count: number, options: MemberOptions, rng: Rng): readonly SimulatedMember[] {
  return Array.from({ length: count }, (_, index) => drawMember(index, options, rng.fork(`member ${index}`)));
}

function drawMember(index: number, options: MemberOptions, rng: Rng): SimulatedMember {
  const tasteAtStart = drawTaste(rng);
  const tasteLater = drawTaste(rng);
  const country = drawCountry(rng.uniform());
  const declared = rng.uniform() < options.declaredShare;
  const number = String(index + 1).padStart(4, '0');
  const member: Member = {
    memberId: `simulated-${number}`,
    ...(declared && { themes: declareTaste(tasteAtStart, options.declaredNoise, rng) }),
    ...(rng.uniform() < CHILD_LIMIT_SHARE && { maturityLimit: CHILD_LIMIT }),
    simulated: true,
    label: `Simulated ${number} · ${tasteWords(tasteAtStart)}`,
  };
  return {
    member,
    tasteAtStart,
    tasteLater,
    country,
    language: LANGUAGES[country] ?? 'en',
    deviceShares: drawDevices(rng),
    visitsPerDay: Math.exp(0.6 * rng.normal() - 0.18),
    appetite: Math.exp(APPETITE_SIGMA * rng.normal() - APPETITE_SIGMA ** 2 / 2),
    indifferent: rng.uniform() < options.indifferentShare,
  };
}

function drawCountry(u: number): string {
  let rest = u;
  for (const [country, share] of DEMO_COUNTRIES) {
    rest -= share;
    if (rest < 0) return country;
  }
  return DEMO_COUNTRIES[0][0];
}

/** One device is the favourite; the others are used now and then. */
function drawDevices(rng: Rng): readonly number[] {
  const favourite = rng.below(DEVICES.length);
  const weights = DEVICES.map((_, d) => (d === favourite ? 4 : 0.3 + rng.uniform()));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / sum);
}

export function drawDevice(member: SimulatedMember, rng: Rng): Device {
  let rest = rng.uniform();
  for (const [d, share] of member.deviceShares.entries()) {
    rest -= share;
    if (rest < 0) return DEVICES[d]!;
  }
  return DEVICES[0];
}
