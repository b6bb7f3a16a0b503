import { describe, expect, it } from 'vitest';
import { manualClock } from '../../core/clock.js';
import { recentAnswers } from './recent-answers.js';

const options = { intervalMs: 2_000, rest: 4, most: 8 };

function counted(): { ask: () => Promise<{ n: number }>; asked: () => number } {
  let n = 0;
  return { ask: () => Promise.resolve({ n: ++n }), asked: () => n };
}

describe('recentAnswers', () => {
  it('asks once for everybody who waits', async () => {
    const recent = recentAnswers<{ n: number }>(manualClock(1_000), options);
    const { ask, asked } = counted();
    const answers = await Promise.all(Array.from({ length: 50 }, () => recent('q', ask)));
    expect(asked()).toBe(1);
    expect(answers.every((answer) => answer.n === 1)).toBe(true);
  });

  it('asks again only when the interval has passed, per question', async () => {
    const clock = manualClock(1_000);
    const recent = recentAnswers<{ n: number }>(clock, options);
    const { ask } = counted();
    await recent('q', ask);
    clock.advance(1_999);
    expect((await recent('q', ask)).n).toBe(1);
    expect((await recent('other', ask)).n).toBe(2);
    clock.advance(2);
    expect((await recent('q', ask)).n).toBe(3);
  });

  it('rests after a slow answer', async () => {
    const clock = manualClock(1_000);
    const recent = recentAnswers<{ n: number }>(clock, options);
    const { ask } = counted();
    const slow = (): Promise<{ n: number }> => {
      clock.advance(3_000);
      return ask();
    };
    await recent('q', slow);
    clock.advance(8_000);
    expect((await recent('q', slow)).n).toBe(1);
    clock.advance(4_100);
    expect((await recent('q', slow)).n).toBe(2);
  });

  it('does not keep a failure', async () => {
    const recent = recentAnswers<{ n: number }>(manualClock(1_000), options);
    await expect(recent('q', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect((await recent('q', () => Promise.resolve({ n: 7 }))).n).toBe(7);
  });
});
