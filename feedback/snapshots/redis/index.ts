export { redisBaseSource, type RedisBaseSourceOptions } from './redis-base-source.js';
