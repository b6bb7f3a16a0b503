import { createHmac } from 'node:crypto';

/** Two uint32 that key every draw of one member, canvas and epoch. */
export interface DrawKey {
  readonly a: number;
  readonly b: number;
}

/**
 * The same member sees the same picture in every row, on every device, after a restart, with nothing stored: the draw's noise is a keyed
 * function of who, where and when. HMAC, so that no client can work out or steer what it will be shown.
 */
export function drawKey(secret: string, memberId: string, canvas: string, epoch: number): DrawKey {
  const digest = createHmac('sha256', secret).update(`${canvas}\0${epoch}\0${memberId}`).digest();
  return { a: digest.readUInt32LE(0), b: digest.readUInt32LE(4) };
}

export function epochOf(atMs: number, epochMs: number): number {
  return Math.floor(atMs / epochMs);
}
