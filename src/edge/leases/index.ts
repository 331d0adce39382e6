export { Announcement } from './announcement.ts';
export { drainFromAfar, whoIsThere } from './ask.ts';
export { type Beat } from './beat.ts';
export { createLeaseSource } from './source.ts';
