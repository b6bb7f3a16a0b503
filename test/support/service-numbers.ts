import type { RunningService } from './running-service.js';

/** What a process's learner has learned of a model: of its own partitions. */
export async function modelTotals(
  { baseUrl }: RunningService,
  model: string,
): Promise<{ trials: number; reward: number }> {
  const { models } = (await (await fetch(`${baseUrl}/v1/models`)).json()) as {
    models: { model: string; trials: number; reward: number }[];
  };
  const { trials, reward } = models.find((one) => one.model === model)!;
  return { trials, reward };
}

/** A metric without labels, as it is scraped. */
export async function metricOf({ baseUrl }: RunningService, name: string): Promise<number> {
  const text = await (await fetch(`${baseUrl}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? NaN);
}
