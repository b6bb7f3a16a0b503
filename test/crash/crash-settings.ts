/** What the campaign's service runs with: everything small and frequent, so that a random moment hits a checkpoint, an insert, a new segment. */
export function crashSettings(directory: string): Readonly<Record<string, unknown>> {
  return {
    data: { directory },
    server: { port: 0, shutdownGraceMs: 2_000 },
    log: { level: 'warn' },
    // d = 16
    features: { themes: ['horror', 'romance', 'star', 'comedy'] },
    eventLog: { partitions: 2, segmentBytes: 65_536 },
    learn: { checkpointIntervalMs: 30, publishIntervalMs: 50, priorIntervalMs: 200 },
    sink: { batchRows: 300, maxBatchAgeMs: 50 },
    experiment: {
      id: 'crash',
      randomSlice: 0.1,
      variants: [
        { id: 'squarecb', weight: 1, policy: 'squarecb' },
        { id: 'thompson', weight: 1, policy: 'linear-thompson' },
        { id: 'bagging', weight: 1, policy: 'online-bagging', settings: { replicates: 3 } },
        { id: 'counting', weight: 1, policy: 'best-unpersonalised' },
      ],
    },
  };
}
