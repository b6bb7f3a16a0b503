import { randomUUID } from 'node:crypto';
import type { CheckedBatch } from '../checked-batch.js';
import type { RedisConnection } from './redis-connection.js';
import type { StoreKeys } from './store-keys.js';

/**
 * A command whose answer was lost with its connection is sent again by ioredis. So that a conditional write does not then meet its own effect and call it
 * a conflict, its number is kept for so long.
 */
const RESENT_WITHIN_MS = 60_000;

/**
 * KEYS: index, expiring, applied; then one per expectation, put and delete.
 * ARGV: expectations, puts, ms to live (0: for good), ms to keep `applied`, the entry prefix; then per expectation '-' or '=' and the bytes, per put the bytes.
 */
const SCRIPT = `
local expected, puts, lifeMs, prefix = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[5]
if redis.call('EXISTS', KEYS[3]) == 1 then return 1 end
for i = 1, expected do
  local held = redis.call('GET', KEYS[3 + i])
  if ARGV[5 + i] ~= (held and ('=' .. held) or '-') then return 0 end
end
if expected > 0 then redis.call('SET', KEYS[3], '', 'PX', ARGV[4]) end
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, puts do
  local name, value = KEYS[3 + expected + i], ARGV[5 + expected + i]
  local key = string.sub(name, #prefix + 1)
  redis.call('ZADD', KEYS[1], 0, key)
  if lifeMs == 0 then
    redis.call('SET', name, value)
  else
    redis.call('SET', name, value, 'PX', lifeMs)
    redis.call('ZADD', KEYS[2], nowMs + lifeMs, key)
  end
end
for i = 4 + expected + puts, #KEYS do
  redis.call('DEL', KEYS[i])
  redis.call('ZREM', KEYS[1], string.sub(KEYS[i], #prefix + 1))
end
if lifeMs > 0 then
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. nowMs, 'LIMIT', 0, 8 + 2 * puts)) do
    if redis.call('EXISTS', prefix .. key) == 0 then redis.call('ZREM', KEYS[1], key) end
    redis.call('ZREM', KEYS[2], key)
  end
end
return 1
`;

/** Writes a batch that expects something or expires, as one script. @returns false: an expectation did not hold, and nothing was written */
export async function writeByScript(
  redis: RedisConnection,
  keys: StoreKeys,
  { puts, deletes, expected, expiresInMs = 0 }: CheckedBatch,
): Promise<boolean> {
  const named = [...expected.map(([key]) => key), ...puts.map(([key]) => key), ...deletes];
  const names = [keys.index, keys.expiring, keys.applied + randomUUID()];
  for (const key of named) names.push(keys.entry + key);
  const answer = await redis.eval(
    SCRIPT,
    names.length,
    ...names,
    ...[expected.length, puts.length],
    expiresInMs,
    RESENT_WITHIN_MS,
    keys.entry,
    ...expected.map(([, value]) => (value === undefined ? '-' : Buffer.concat([HELD, value]))),
    ...puts.map(([, value]) => value),
  );
  return answer === 1;
}

const HELD = Buffer.from('=');
