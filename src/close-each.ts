/** What cannot be closed does not keep the rest open: the log, which comes last, still makes durable what it was given. */
export async function closeEach(closers: readonly (() => Promise<unknown>)[]): Promise<void> {
  const faults: unknown[] = [];
  for (const close of closers) {
    try {
      await close();
    } catch (fault) {
      faults.push(fault);
    }
  }
  if (faults.length > 0)
    throw faults.length === 1 ? faults[0] : new AggregateError(faults, 'could not close');
}
