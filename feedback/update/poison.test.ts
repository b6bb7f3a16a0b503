import { describe } from 'vitest';
import { memoryEventLog } from '../event-log/memory/index.js';
import { poisonContract } from './poison.contract.js';

describe('poison in a log in memory', () => {
  poisonContract((limits) => {
    const log = memoryEventLog(limits);
    return Promise.resolve({
      log,
      put: ({ topic, ...record }) => log.append(topic, [record], 'synced'),
      oversizedBytes: limits.maxRecordBytes - 2,
    });
  });
});
