export { embeddedEventLog } from './embedded-event-log.js';
export type { EmbeddedEventLogOptions } from './embedded-settings.js';
export { readRecords } from './inspection.js';
export type { Recovered } from './partition-log.js';
export type { Dropped, Retention } from './retention.js';
