import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';

export interface LossyProxy {
  /** path of its socket */
  readonly url: string;
  /** The next answer does not arrive: the connection ends in its place, after the server has done what it was asked. */
  loseNextAnswer(): void;
  /** answers lost */
  lost(): number;
  close(): Promise<void>;
}

/** Stands between a client and a server on a socket. */
export async function startLossyProxy(serverUrl: string): Promise<LossyProxy> {
  const url = `${serverUrl}.lossy`;
  const open = new Set<Socket>();
  let losing = false;
  let lost = 0;
  const proxy = createServer((client) => {
    const server = connect(serverUrl);
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', end).on('close', end);
    }
    client.pipe(server);
    server.on('data', (answer) => {
      if (!losing) return void client.write(answer);
      losing = false;
      lost++;
      end();
    });
  });
  await new Promise<void>((resolve) => proxy.listen(url, resolve));
  return {
    url,
    loseNextAnswer() {
      losing = true;
    },
    lost: () => lost,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
      rmSync(url, { force: true });
    },
  };
}
