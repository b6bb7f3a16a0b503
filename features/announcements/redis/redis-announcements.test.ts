import { afterAll, describe, expect, it } from 'vitest';
import { until } from '../../../test/support/until.js';
import { redisIsThere, startRedis } from '../../key-value/redis/redis-server.fixture.js';
import { announcementsContract } from '../announcements.contract.js';
import { redisAnnouncements } from './redis-announcements.js';

if (redisIsThere) {
  const server = await startRedis();
  afterAll(() => server.stop());
  const open = (namespace = 'contract') =>
    redisAnnouncements({ urls: [server.url], namespace, maxReconnectDelayMs: 20 });

  announcementsContract('redis', () => Promise.resolve([open(), open()]));

  describe('redis announcements', () => {
    it('keeps namespaces apart, and listens again after its connections were cut', async () => {
      const [sender, receiver, stranger] = [open(), open(), open('another')];
      const heard: number[] = [];
      receiver.subscribe('c', (message) => heard.push(...message));
      const reaches = async (number: number): Promise<void> => {
        await until(
          `number ${number}`,
          () => {
            stranger.announce('c', Uint8Array.of(99));
            sender.announce('c', Uint8Array.of(number));
            return heard.includes(number);
          },
          (yes) => yes,
        );
      };
      await reaches(1);
      await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await reaches(2);
      expect(heard).not.toContain(99);
      await Promise.all([sender.close(), receiver.close(), stranger.close()]);
    });
  });
}

describe('announcements over a redis that is not there', () => {
  it('neither fail nor hold up whoever makes them', async () => {
    const absent = redisAnnouncements({
      ...{ urls: ['redis://127.0.0.1:1'], namespace: 'n', maxRetries: 1, maxReconnectDelayMs: 1 },
    });
    absent.subscribe('c', () => undefined);
    absent.announce('c', Uint8Array.of(1));
    await absent.close();
  });
});
