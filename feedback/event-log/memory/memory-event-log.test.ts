import { eventLogContract } from '../event-log.contract.js';
import { memoryEventLog } from './memory-event-log.js';

eventLogContract('memory', (limits) => Promise.resolve(memoryEventLog(limits)));
