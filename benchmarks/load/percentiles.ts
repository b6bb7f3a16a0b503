export { Durations, median, percentile } from '../../core/percentiles.js';
