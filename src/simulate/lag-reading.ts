/** How far learners and sinks are behind, in records of the log; null where no process that was asked has one. */
export interface Lag {
  readonly learner: number | null;
  readonly sink: number | null;
}

const TIMEOUT_MS = 5_000;

/** Reads the lag off the metrics of every process named, and adds it up. A process that does not answer makes it null: not known. */
export async function readLag(urls: readonly string[], apiKey: string | undefined): Promise<Lag> {
  const texts = await Promise.all(urls.map((url) => metricsOf(url, apiKey)));
  const sum = (name: string): number | null => {
    if (texts.includes(undefined)) return null;
    const values = texts.flatMap((text) => valuesOf(text!, name));
    return values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
  };
  return { learner: sum('marquee_learner_lag_records'), sink: sum('marquee_sink_lag_records') };
}

async function metricsOf(url: string, apiKey: string | undefined): Promise<string | undefined> {
  try {
    const response = await fetch(new URL('/metrics', url), {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(apiKey !== undefined && { headers: { authorization: `Bearer ${apiKey}` } }),
    });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

function valuesOf(text: string, name: string): number[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => Number(line.slice(name.length + 1)));
}
