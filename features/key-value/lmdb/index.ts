export { lmdbKeyValue, type LmdbKeyValueOptions } from './lmdb-key-value.js';
