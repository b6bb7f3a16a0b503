import { describe } from 'vitest';
import { appendingContract } from './contract/appending.contract.js';
import { assigningContract } from './contract/assigning.contract.js';
import { consumingContract } from './contract/consuming.contract.js';
import { resumingContract } from './contract/resuming.contract.js';
import { sharingContract } from './contract/sharing.contract.js';
import type { LogFactory } from './contract/log-fixture.contract.js';

/**
 * What every event log promises, whatever is behind it. `factory` opens an empty log with so many partitions and such a limit on records;
 * each test closes its own.
 */
export function eventLogContract(name: string, factory: LogFactory): void {
  describe(`${name} event log contract`, () => {
    appendingContract(factory);
    consumingContract(factory);
    resumingContract(factory);
    sharingContract(factory);
    assigningContract(factory);
  });
}
