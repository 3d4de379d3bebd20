/** What a link needs once it is open, or could not be: loaded while it is opened. */
export { answer } from './answer.js';
export { callError } from './call-error.js';
export { drain } from './drain.js';
export { probeNegotiate } from './probe.js';
export { follow } from './redirect.js';
