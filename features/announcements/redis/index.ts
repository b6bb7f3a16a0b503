export { redisAnnouncements, type RedisAnnouncementsOptions } from './redis-announcements.js';
