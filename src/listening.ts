import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError, shown } from '../core/errors.js';
import type { Config } from './config.js';

/** @returns the port it listens on @throws AppError `config/cannot-listen` */
export function listen(server: Server, { server: { host, port } }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      reject(
        new AppError(
          'config/cannot-listen',
          `server.host is ${shown(host)}, server.port ${port}: ${error.message}; expected an address of this machine and a free port`,
        ),
      );
    };
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Takes no new connection; what is in flight may finish for `graceMs`, then it is cut off. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = wait(graceMs, 'late' as const, { ref: false });
  if ((await Promise.race([closed, late])) === 'late') server.closeAllConnections();
  await closed;
}
