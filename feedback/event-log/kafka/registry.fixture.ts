import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface RegistryFront {
  readonly url: string;
  /** what a newer writer would have registered. @returns its id */
  add(schema: object): number;
  /** subjects with their schemas' ids */
  readonly subjects: ReadonlyMap<string, readonly number[]>;
  close(): Promise<void>;
}

/**
 * For tests alone: the calls of Confluent's schema registry that its client makes for Avro, in memory. No registry server is among the packages that
 * a test can install; the client is the real one.
 */
export async function startRegistryFront(): Promise<RegistryFront> {
  const schemas: string[] = [];
  const subjects = new Map<string, number[]>();
  const idOf = (schema: string): number => {
    const known = schemas.indexOf(schema);
    return known >= 0 ? known + 1 : schemas.push(schema);
  };
  const register = (subject: string, schema: string): number => {
    const id = idOf(schema);
    const ids = subjects.get(subject) ?? [];
    if (!ids.includes(id)) subjects.set(subject, [...ids, id]);
    return id;
  };
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
      response.end(JSON.stringify(body));
    };
    const [, kind, name = '', what = ''] = decodeURIComponent(request.url ?? '').split('/');
    if (kind === 'config') answer(200, { compatibilityLevel: 'BACKWARD' });
    else if (kind === 'subjects' && what === 'versions' && request.method === 'POST')
      void json(request).then((body) => {
        answer(200, { id: register(name, (body as { schema: string }).schema) });
      });
    else if (kind === 'schemas' && name === 'ids' && schemas[Number(what) - 1] !== undefined)
      answer(200, { schema: schemas[Number(what) - 1], schemaType: 'AVRO' });
    else answer(404, { error_code: 40403, message: 'Schema not found' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (schema) => idOf(JSON.stringify(schema)),
    subjects,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
