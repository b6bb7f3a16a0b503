export { redisKeyValue, type RedisKeyValueOptions } from './redis-key-value.js';
