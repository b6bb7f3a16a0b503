/**
 * The announcements port: tells whoever listens now that there is something new. Best effort: an announcement may be missed (a listener was not connected yet,
 * or not any more) or come twice, so whoever must not miss looks for itself too, now and then. Every adapter runs `announcementsContract`.
 */
export interface Announcements {
  /**
   * Sends and does not wait: it never fails, and after `close` nothing is sent.
   *
   * @param channel 1–200 bytes of UTF-8
   * @param message ≤ 65,536 bytes, copied
   * @throws AppError `config/bad-value`
   */
  announce(channel: string, message: Uint8Array): void;
  /** @param onMessage called later, never from within `announce`; must not throw; the bytes are its to keep. @throws AppError `config/bad-value` */
  subscribe(channel: string, onMessage: (message: Uint8Array) => void): Subscription;
  /** Ends every subscription. Idempotent. */
  close(): Promise<void>;
}

export interface Subscription {
  /** Nothing is received afterwards. Idempotent. */
  close(): void;
}
