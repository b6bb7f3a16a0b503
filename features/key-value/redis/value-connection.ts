import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { RedisAddress } from './redis-address.js';
import { ReplyReader, type Reply } from './reply-reader.js';

const RECEIVED_BYTES = 65_536;

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/** A connection that is silent for `timeoutMs`, asked or not, ends. */
export class ValueConnection {
  hasEnded = false;
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];

  private constructor(address: RedisAddress, tls: ConnectionOptions | undefined, timeoutMs: number) {
    const reader = new ReplyReader((reply) => this.#waiting.shift()?.resolve(reply));
    const received = Buffer.allocUnsafe(RECEIVED_BYTES);
    // What a socket receives is otherwise a new buffer each time, and garbage as soon as it is read.
    const onread = {
      buffer: received,
      callback: (bytes: number) => {
        try {
          reader.read(received.subarray(0, bytes));
        } catch (error) {
          this.#socket.destroy(error as Error);
        }
        return true;
      },
    };
    this.#socket = open(address, tls, onread);
    this.#socket.setTimeout(timeoutMs, () => this.#socket.destroy(new Error('no answer in time')));
    this.#socket.on('error', (error) => {
      this.#end(error);
    });
    this.#socket.on('close', () => {
      this.#end(new Error('the connection has ended'));
    });
  }

  /** Says who asks. Rejects where nobody listens, or refuses. */
  static async open(
    address: RedisAddress,
    tls: ConnectionOptions | undefined,
    timeoutMs: number,
  ): Promise<ValueConnection> {
    const connection = new ValueConnection(address, tls, timeoutMs);
    const { username, password, database } = address;
    try {
      if (password !== undefined)
        await connection.#expectOk(['AUTH', ...(username === undefined ? [] : [username]), password]);
      if (database !== undefined) await connection.#expectOk(['SELECT', String(database)]);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Answers come in the order asked. @returns a value that is valid until the answer after the next */
  ask(words: readonly string[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.hasEnded) {
        reject(new Error('the connection has ended'));
        return;
      }
      this.#waiting.push({ resolve, reject });
      const each = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
      this.#socket.write(`*${words.length}\r\n${each.join('')}`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  async #expectOk(words: readonly string[]): Promise<void> {
    const reply = await this.ask(words);
    // What the server says may hold what it was told.
    if (reply.kind !== 'line') throw new Error(`${words[0]!} was refused`);
  }

  #end(error: Error): void {
    this.hasEnded = true;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

interface OnRead {
  readonly buffer: Buffer;
  readonly callback: (bytes: number) => boolean;
}

function open(
  { path, host, port, isTls }: RedisAddress,
  tls: ConnectionOptions | undefined,
  onread: OnRead,
): Socket {
  if (path !== undefined) return connect({ path, onread });
  if (!isTls && tls === undefined) return connect({ host, port, onread, noDelay: true });
  const secured = { host, port, onread, ...(isIP(host) === 0 && { servername: host }), ...tls };
  return connectTls(secured);
}
