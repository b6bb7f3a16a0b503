import { AppError, shown } from '../../core/errors.js';
import type { Subscription } from './announcements.js';

const MAX_CHANNEL_BYTES = 200;
const MAX_MESSAGE_BYTES = 65_536;

type Listener = (message: Uint8Array) => void;

/** Who listens to what in this process. */
export class Listeners {
  readonly #byChannel = new Map<string, Set<Listener>>();

  /** channels that somebody listens to */
  get channels(): string[] {
    return [...this.#byChannel.keys()];
  }

  /** @param onLast called when nobody is left on the channel */
  add(channel: string, listener: Listener, onLast: () => void): Subscription {
    // A function of its own for each subscription: the same listener twice is called twice.
    const own: Listener = (message) => {
      listener(message);
    };
    const listening = this.#byChannel.get(channel) ?? new Set();
    this.#byChannel.set(channel, listening.add(own));
    return {
      close: () => {
        if (!listening.delete(own) || listening.size > 0) return;
        this.#byChannel.delete(channel);
        onLast();
      },
    };
  }

  /** Gives each listener a copy. */
  tell(channel: string, message: Uint8Array): void {
    for (const listener of [...(this.#byChannel.get(channel) ?? [])]) listener(Uint8Array.from(message));
  }

  clear(): void {
    for (const listening of this.#byChannel.values()) listening.clear();
    this.#byChannel.clear();
  }
}

/** @throws AppError `config/bad-value` */
export function checkAnnouncement(channel: string, message?: Uint8Array): void {
  const channelBytes = Buffer.byteLength(channel);
  if (channelBytes < 1 || channelBytes > MAX_CHANNEL_BYTES) {
    throw new AppError(
      'config/bad-value',
      `channel ${shown(channel)} has ${channelBytes} bytes; expected 1–${MAX_CHANNEL_BYTES}`,
    );
  }
  if (message !== undefined && message.length > MAX_MESSAGE_BYTES) {
    throw new AppError(
      'config/bad-value',
      `an announcement on ${shown(channel)} has ${message.length} bytes; expected at most ${MAX_MESSAGE_BYTES}`,
    );
  }
}
