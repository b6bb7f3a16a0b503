import { keyValueContract } from '../key-value.contract.js';
import { memoryKeyValue } from './memory-key-value.js';

keyValueContract('memory', () => Promise.resolve(memoryKeyValue()));
