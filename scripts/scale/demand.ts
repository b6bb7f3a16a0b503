import type { Measured } from './measured.js';
import type { RecordSizes } from './record-sizes.js';

/** What nobody measured here: published numbers of others, and guesses, each named on the page. */
export interface Assumptions {
  /** title decisions per second */
  readonly artworkRequests: number;
  readonly impressions: number;
  /** per impression */
  readonly plays: number;
  /** share of a core that is planned to be used at the peak */
  readonly utilisation: number;
  /** mean over the day ÷ peak */
  readonly meanOfPeak: number;
  readonly attributionHours: number;
  readonly replicas: number;
  /** in the catalogue */
  readonly artworks: number;
  /** bytes of one slot of an open join on disk (feedback/join/join-outcome.ts) */
  readonly openSlotBytes: number;
}

export const ASSUMPTIONS: Assumptions = {
  artworkRequests: 20e6,
  impressions: 1.5e6,
  plays: 0.02,
  utilisation: 0.5,
  meanOfPeak: 0.5,
  attributionHours: 48,
  replicas: 3,
  artworks: 200_000,
  openSlotBytes: 14,
};

export const TITLES_OF_PAGE = 800;
export const TITLES_OF_ROW = 40;
const HOUR_S = 3_600;
const DAY_S = 86_400;

export interface Serving {
  readonly requestsPerSecond: number;
  readonly decisionsPerCore: number;
  readonly cores: number;
  readonly recordBytesPerSecond: number;
}

/** @param titles of one request, which costs `cpuUs` of one core and is recorded in `recordBytes` */
export function serving(
  { artworkRequests, utilisation }: Assumptions,
  titles: number,
  cpuUs: number,
  recordBytes: number,
): Serving {
  const requestsPerSecond = artworkRequests / titles;
  return {
    requestsPerSecond,
    decisionsPerCore: (titles * 1e6) / cpuUs,
    cores: (requestsPerSecond * cpuUs) / 1e6 / utilisation,
    recordBytesPerSecond: requestsPerSecond * recordBytes,
  };
}

export interface Learning {
  readonly eventsPerSecond: number;
  readonly eventsPerCore: number;
  readonly cores: number;
  /** at least: one partition is one core's work at most */
  readonly partitions: number;
  readonly eventBytesPerSecond: number;
  readonly labelsPerSecond: number;
  readonly labelBytesPerDay: number;
}

export function learning(assumed: Assumptions, { eventCpuUs }: Measured, sizes: RecordSizes): Learning {
  const { impressions, plays, utilisation, meanOfPeak } = assumed;
  const eventsPerSecond = impressions * (1 + plays);
  const cores = (eventsPerSecond * eventCpuUs) / 1e6 / utilisation;
  return {
    eventsPerSecond,
    eventsPerCore: 1e6 / eventCpuUs,
    cores,
    partitions: Math.ceil(cores),
    eventBytesPerSecond: impressions * (sizes.impression + plays * sizes.play),
    // a trial for each impression, a reward for each play at most
    labelsPerSecond: eventsPerSecond,
    labelBytesPerDay: eventsPerSecond * meanOfPeak * DAY_S * sizes.label,
  };
}

export interface Tables {
  readonly rowsPerSecond: number;
  readonly engineCores: number;
  readonly sinkCores: number;
  readonly bytesPerDay: number;
}

/** A row for each event and each label; pages are few beside them. */
export function tables(assumed: Assumptions, measured: Measured, { eventsPerSecond }: Learning): Tables {
  const rowsPerSecond = 2 * eventsPerSecond;
  const coresFor = (us: number): number => (rowsPerSecond * us) / 1e6 / assumed.utilisation;
  return {
    rowsPerSecond,
    engineCores: coresFor(measured.engineRowCpuUs),
    sinkCores: coresFor(measured.sinkRowCpuUs),
    bytesPerDay: rowsPerSecond * assumed.meanOfPeak * DAY_S * measured.tableRowBytes,
  };
}

export interface State {
  readonly openPages: number;
  readonly openJoinBytes: number;
  readonly decisionLogBytes: number;
  readonly catalogueBytes: number;
}

/** What must be kept while rewards may still come, for whole pages. */
export function state(assumed: Assumptions, { artworkBytes }: Measured, pages: Serving): State {
  const windowS = assumed.attributionHours * HOUR_S * assumed.meanOfPeak;
  const openPages = pages.requestsPerSecond * windowS;
  return {
    openPages,
    openJoinBytes: openPages * TITLES_OF_PAGE * assumed.openSlotBytes,
    decisionLogBytes: pages.recordBytesPerSecond * windowS * assumed.replicas,
    catalogueBytes: assumed.artworks * artworkBytes,
  };
}
