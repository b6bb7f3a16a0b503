import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The rival: node:http and nothing else. Reads the request body whole and answers so many bytes, all equal. What Marquee takes beyond this is
 * what deciding costs. Prints the port it listens on.
 */
const bytes = Buffer.alloc(Number(process.argv[2] ?? 1000), 120);
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': bytes.length,
    });
    response.end(bytes);
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.on('SIGTERM', () => process.exit(0));
