export { Turnstile } from '../../core/turnstile.js';
