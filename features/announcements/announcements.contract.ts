import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../test/support/until.js';
import type { Announcements } from './announcements.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** What every announcements adapter promises. `factory` gives the two ends of one carrier: they may be the same object. */
export function announcementsContract(
  name: string,
  factory: () => Promise<readonly [sender: Announcements, receiver: Announcements]>,
): void {
  describe(`${name} announcements contract`, () => {
    let sender: Announcements;
    let receiver: Announcements;
    beforeEach(async () => {
      [sender, receiver] = await factory();
    });
    afterEach(async () => {
      await sender.close();
      await receiver.close();
    });

    /** Listens, and announces `hello` until it is heard: from then on the subscription is in effect. */
    async function listen(
      channel: string,
    ): Promise<{ readonly heard: number[][]; readonly close: () => void }> {
      const heard: number[][] = [];
      const subscription = receiver.subscribe(channel, (message) => heard.push([...message]));
      await until(
        `a subscription to ${channel}`,
        () => {
          if (heard.length === 0) sender.announce(channel, bytes());
          return heard.length;
        },
        (count) => count > 0,
      );
      const isReal = (message: number[]): boolean => message.length > 0;
      return {
        get heard() {
          return heard.filter(isReal);
        },
        close: () => {
          subscription.close();
        },
      };
    }

    it('reaches whoever listens, in order, and nobody on another channel', async () => {
      const [one, other] = [await listen('one'), await listen('other')];
      for (let i = 1; i <= 100; i++) sender.announce('one', bytes(i));
      sender.announce('other', bytes(7));
      await until(
        'the last',
        () => [one.heard.length, other.heard.length],
        ([a, b]) => a! >= 100 && b! >= 1,
      );
      expect(one.heard).toEqual(Array.from({ length: 100 }, (_, i) => [i + 1]));
      expect(other.heard).toEqual([[7]]);
    });

    it('reaches every listener of a channel, with bytes of its own, and none that has closed', async () => {
      const [a, b] = [await listen('c'), await listen('c')];
      const spoiling = receiver.subscribe('c', (message) => message.fill(9));
      const given = bytes(1, 2);
      sender.announce('c', given);
      given.fill(5);
      await until(
        'both',
        () => [a.heard.length, b.heard.length],
        ([x, y]) => x! > 0 && y! > 0,
      );
      a.close();
      a.close();
      spoiling.close();
      sender.announce('c', bytes(3));
      await until(
        'the second',
        () => b.heard.length,
        (count) => count > 1,
      );
      expect([a.heard, b.heard]).toEqual([[[1, 2]], [[1, 2], [3]]]);
    });

    it('carries 65,536 bytes and refuses more, and channels without a name', async () => {
      const large = await listen('large');
      sender.announce('large', new Uint8Array(65_536).fill(3));
      await until(
        'the large one',
        () => large.heard.length,
        (count) => count > 0,
      );
      expect(large.heard[0]).toHaveLength(65_536);
      const refused = expect.objectContaining({ code: 'config/bad-value' }) as Error;
      expect(() => {
        sender.announce('large', new Uint8Array(65_537));
      }).toThrow(refused);
      for (const channel of ['', 'ä'.repeat(101)]) {
        expect(() => {
          sender.announce(channel, bytes());
        }).toThrow(refused);
        expect(() => receiver.subscribe(channel, () => undefined)).toThrow(refused);
      }
    });

    it('is silent after it is closed', async () => {
      const one = await listen('one');
      const other = await listen('other');
      const late: number[] = [];
      await receiver.close();
      await receiver.close();
      receiver.subscribe('one', () => late.push(1)).close();
      sender.announce('one', bytes(1));
      receiver.announce('one', bytes(2));
      await sender.close();
      expect([one.heard, other.heard, late]).toEqual([[], [], []]);
    });
  });
}
