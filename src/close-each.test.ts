import { expect, test } from 'vitest';
import { closeEach } from './close-each.js';

test('what cannot be closed keeps nothing else open, and is told', async () => {
  const closed: string[] = [];
  const closing = (name: string) => () => Promise.resolve(closed.push(name));
  const fault = new Error('the disk is full');
  const all = closeEach([closing('server'), () => Promise.reject(fault), closing('log')]);
  await expect(all).rejects.toBe(fault);
  expect(closed).toEqual(['server', 'log']);
  await expect(closeEach([() => Promise.reject(fault), () => Promise.reject(fault)])).rejects.toBeInstanceOf(
    AggregateError,
  );
});
