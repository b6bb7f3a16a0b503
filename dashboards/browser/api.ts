import type { ErrorBody } from '../../client/types.js';

async function failure(response: Response): Promise<Error> {
  const body = (await response.json().catch(() => undefined)) as Partial<ErrorBody> | undefined;
  return new Error(body?.error?.message ?? `${response.status} ${response.statusText}`);
}

/** A piece of HTML rendered by the server, which escaped it. */
export async function requestFragment(path: string): Promise<string> {
  const response = await fetch(path, { headers: { accept: 'text/html' } });
  if (!response.ok) throw await failure(response);
  return response.text();
}
