export { memoryAnnouncements } from './memory-announcements.js';
