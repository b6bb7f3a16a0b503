import { announcementsContract } from '../announcements.contract.js';
import { memoryAnnouncements } from './memory-announcements.js';

announcementsContract('memory', () => {
  const both = memoryAnnouncements();
  return Promise.resolve([both, both]);
});
