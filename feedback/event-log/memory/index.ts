export { memoryEventLog, type MemoryEventLogOptions } from './memory-event-log.js';
