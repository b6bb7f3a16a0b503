import { Redis } from 'ioredis';
import {
  connectRedis,
  disconnectRedis,
  type RedisConnection,
  type RedisConnectionOptions,
} from '../../key-value/redis/redis-connection.js';
import type { Announcements } from '../announcements.js';
import { checkAnnouncement, Listeners } from '../listeners.js';

export interface RedisAnnouncementsOptions extends RedisConnectionOptions {
  /** channels are `{namespace}:channel:…`: the stores' own namespace will do */
  readonly namespace: string;
}

/** Redis pub/sub. Two connections, as one that listens may not send; each comes back by itself, and what is announced meanwhile is missed. */
export function redisAnnouncements(options: RedisAnnouncementsOptions): Announcements {
  const prefix = `{${options.namespace}}:channel:`;
  const sender = connectRedis(options);
  const receiver = connectRedis(options);
  const listeners = new Listeners();
  const pending = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  // Whatever fails here is made good when the connection is back: see 'ready'.
  const attempt = (command: Promise<unknown>): void => {
    const ended = command.catch(() => undefined).finally(() => pending.delete(ended));
    pending.add(ended);
  };
  receiver.on('ready', () => {
    const channels = listeners.channels.map((channel) => prefix + channel);
    if (channels.length > 0) attempt(receiver.subscribe(...channels));
  });
  receiver.on('messageBuffer', (channel: Buffer, message: Buffer) => {
    if (closing === undefined) listeners.tell(channel.toString('utf8').slice(prefix.length), message);
  });
  return {
    announce(channel, message) {
      checkAnnouncement(channel, message);
      if (closing === undefined) attempt(oneNode(sender).publish(prefix + channel, Buffer.from(message)));
    },
    subscribe(channel, onMessage) {
      checkAnnouncement(channel);
      if (closing !== undefined) return { close: () => undefined };
      const isNew = !listeners.channels.includes(channel);
      const subscription = listeners.add(channel, onMessage, () => {
        if (receiver.status === 'ready') attempt(receiver.unsubscribe(prefix + channel));
      });
      if (isNew && receiver.status === 'ready') attempt(receiver.subscribe(prefix + channel));
      return subscription;
    },
    close() {
      listeners.clear();
      closing ??= Promise.all(pending).then(async () => {
        await Promise.all([disconnectRedis(sender), disconnectRedis(receiver)]);
      });
      return closing;
    },
  };
}

/** In a cluster any node takes an announcement for all; through one they keep their order. */
function oneNode(connection: RedisConnection): RedisConnection {
  if (connection instanceof Redis) return connection;
  const names = new Map(connection.nodes('master').map((node) => [nameOf(node), node]));
  const [first] = [...names.keys()].sort();
  return first === undefined ? connection : names.get(first)!;
}

function nameOf({ options: { host, port } }: Redis): string {
  return `${host}:${port}`;
}
