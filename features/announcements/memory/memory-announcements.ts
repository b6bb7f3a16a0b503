import type { Announcements } from '../announcements.js';
import { checkAnnouncement, Listeners } from '../listeners.js';

/** Within one process: to the subscribers of the same object, on the next turn of the event loop, in order. */
export function memoryAnnouncements(): Announcements {
  const listeners = new Listeners();
  let open = true;
  return {
    announce(channel, message) {
      checkAnnouncement(channel, message);
      const copy = Uint8Array.from(message);
      setImmediate(() => {
        if (open) listeners.tell(channel, copy);
      });
    },
    subscribe(channel, onMessage) {
      checkAnnouncement(channel);
      if (!open) return { close: () => undefined };
      return listeners.add(channel, onMessage, () => undefined);
    },
    async close() {
      open = false;
      listeners.clear();
      await Promise.resolve();
    },
  };
}
