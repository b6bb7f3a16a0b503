import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Every metric of the process. Labels are bounded by configuration: never a member, a title or a request. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers });
  return {
    registry,
    requestSeconds: new Histogram({
      name: 'marquee_http_request_seconds',
      help: 'Time from the last byte of a request to the last byte of its answer',
      labelNames: ['route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    decisions: counter('marquee_title_decisions_total', 'Titles decided, by variant and policy', [
      'variant',
      'policy',
    ]),
    fallbacks: counter('marquee_fallbacks_total', 'Titles answered by the ladder of fallbacks', ['rung']),
    ineligible: counter('marquee_ineligible_titles_total', 'Titles removed before a decision', ['reason']),
    unknownTitles: counter(
      'marquee_unknown_titles_total',
      'Titles that a request named and nobody has loaded',
      [],
    ),
    policyFaults: counter(
      'marquee_policy_faults_total',
      'Scores that a policy could not give: the ladder answered',
      [],
    ),
    memberFaults: counter(
      'marquee_member_feature_faults_total',
      'Pages decided without the member: features slow or failed',
      ['reason'],
    ),
    memberCacheHits: counter(
      'marquee_member_cache_hits_total',
      'Pages whose member was in the cache of this process',
      [],
    ),
    memberCacheMisses: counter(
      'marquee_member_cache_misses_total',
      'Pages whose member was not in the cache of this process, or had expired: the store was asked',
      [],
    ),
    events: counter(
      'marquee_events_total',
      'Events received over HTTP, by outcome (accepted or the error code)',
      ['type', 'outcome'],
    ),
    authRefusals: counter(
      'marquee_auth_refusals_total',
      'Requests not let in, by key id and reason (missing, unknown, expired, forbidden, rate-limited)',
      ['key', 'reason'],
    ),
    expiringKeyUses: counter(
      'marquee_expiring_key_uses_total',
      'Requests with a key that will expire, by key id: who has not moved to the new key yet',
      ['key'],
    ),
    learnedSeconds: new Histogram({
      name: 'marquee_event_to_model_seconds',
      help: 'Time from the receipt of an event to the served model that has learned from it',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10],
      registers,
    }),
    followedSeconds: new Histogram({
      name: 'marquee_snapshot_to_served_seconds',
      help: 'Time from when a snapshot was put into the shared store, by its publisher’s clock, to when it was served here',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60],
      registers,
    }),
    followFaults: counter(
      'marquee_follow_faults_total',
      'Looks at what other processes wrote to the store that failed, by what was looked for',
      ['what'],
    ),
    modelVersion: new Gauge({
      name: 'marquee_model_version',
      help: 'Version of the served snapshot',
      labelNames: ['model'],
      registers,
    }),
    /** numbers that a part of the service keeps itself, read when scraped */
    observe(name: string, help: string, read: () => number): void {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
