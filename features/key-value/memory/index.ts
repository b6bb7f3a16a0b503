export { memoryKeyValue } from './memory-key-value.js';
