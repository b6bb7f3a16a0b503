import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplyReader, type Reply } from './reply-reader.js';

/** As the protocol's specification writes them. */
function written(reply: Reply): Buffer {
  if (reply.kind === 'none') return Buffer.from('$-1\r\n');
  if (reply.kind === 'line') return Buffer.from(`+${reply.text}\r\n`);
  if (reply.kind === 'error') return Buffer.from(`-${reply.text}\r\n`);
  return Buffer.concat([
    Buffer.from(`$${reply.bytes.length}\r\n`),
    Buffer.from(reply.bytes),
    Buffer.from('\r\n'),
  ]);
}

const TEXT = fc.stringMatching(/^[A-Za-z0-9 :.-]{0,40}$/);
const REPLY: fc.Arbitrary<Reply> = fc.oneof(
  fc.record({ kind: fc.constant('value' as const), bytes: fc.uint8Array({ maxLength: 60 }) }),
  fc.constant({ kind: 'none' as const }),
  fc.record({ kind: fc.constant('line' as const), text: TEXT }),
  fc.record({ kind: fc.constant('error' as const), text: TEXT }),
);

describe('replies', () => {
  it('are read however the network cuts them, each value whole until the next but one', () => {
    fc.assert(
      fc.property(
        fc.array(REPLY),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }),
        (replies, cuts) => {
          const bytes = Buffer.concat(replies.map(written));
          const seen: Reply[] = [];
          const found: Reply[] = [];
          const reader = new ReplyReader((reply) => {
            seen.push(reply);
            // The one before is looked at now, when its successor has arrived.
            const before = seen[seen.length - 2];
            if (before !== undefined) found.push(copied(before));
          });
          for (let from = 0, i = 0; from < bytes.length; i++) {
            const to = from + cuts[i % cuts.length]!;
            const received = Buffer.from(bytes.subarray(from, to));
            reader.read(received);
            received.fill(0);
            from = to;
          }
          const last = seen[seen.length - 1];
          expect([...found, ...(last === undefined ? [] : [copied(last)])]).toEqual(replies);
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });

  it('that are none end it', () => {
    const reader = new ReplyReader(() => undefined);
    const attempt = (text: string) => () => {
      reader.read(Buffer.from(text));
    };
    expect(attempt('*1\r\n')).toThrow('nobody asked for');
    expect(attempt('$99999999999\r\n')).toThrow('nobody asked for');
    expect(attempt('+'.repeat(5_000))).toThrow('does not end');
  });
});

function copied(reply: Reply): Reply {
  return reply.kind === 'value' ? { kind: 'value', bytes: Uint8Array.from(reply.bytes) } : reply;
}
